insert into idempotency_keys as kept
    (owner, route, key, fingerprint, status, headers, body, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (owner, route, key) do update set
    fingerprint = excluded.fingerprint,
    status = excluded.status,
    headers = excluded.headers,
    body = excluded.body,
    expires_at = excluded.expires_at
where kept.expires_at <= $9
