-- $2: only this one, $3: all but this one; both null: all.
with ended as (
    update auth_sessions set revoked_at = $4, revoke_reason = 'logout'
    where user_id = $1 and revoked_at is null
      and ($2::uuid is null or id = $2) and ($3::uuid is null or id <> $3)
    returning id, generation
)
insert into session_events (session_id, kind, generation, at)
select id, 'logout', generation, $4 from ended
