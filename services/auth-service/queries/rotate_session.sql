-- One statement: the session moves on and its history with it, for one caller alone.
with rotated as (
    update auth_sessions set
        generation = generation + 1,
        token_hash = $4,
        key_id = $5,
        rotated_at = $6,
        last_used_at = $6,
        expires_at = $7
    where id = $1 and generation = $2 and token_hash = $3
      and revoked_at is null and expires_at > $6
    returning id, generation
)
insert into session_events (session_id, kind, generation, ip, at)
select id, 'rotated', generation, $8, $6 from rotated
