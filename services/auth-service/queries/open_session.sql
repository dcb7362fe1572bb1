with opened as (
    insert into auth_sessions
        (id, user_id, seed, key_id, generation, token_hash, created_at, rotated_at,
         last_used_at, expires_at, device_name, user_agent, ip, acr, scope)
    values ($1, $2, $3, $4, $5, $6, $7, $7, $7, $8, $9, $10, $11, '1', '')
    returning id, generation, ip, created_at
)
insert into session_events (session_id, kind, generation, ip, at)
select id, 'opened', generation, ip, created_at from opened
