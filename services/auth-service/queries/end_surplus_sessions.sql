-- $2: how many sessions of the user stay, the newest of them.
with ended as (
    update auth_sessions set revoked_at = $3, revoke_reason = 'too_many'
    where id in (
        select id from auth_sessions
        where user_id = $1 and revoked_at is null and expires_at > $3
        order by created_at desc, id desc
        offset $2
    )
    returning id, generation
)
insert into session_events (session_id, kind, generation, at)
select id, 'too_many', generation, $3 from ended
