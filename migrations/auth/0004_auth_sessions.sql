-- One sign-in on one device. The row holds what refresh tokens are checked against:
-- with the server's key, which is not here, `seed` makes the token of each generation.
create table auth_sessions (
    id uuid primary key,
    user_id uuid not null references users (id),
    seed bytea not null check (length(seed) = 32),
    -- The server key that signed the present token.
    key_id bigint not null,
    generation bigint not null,
    -- SHA-256 of the present token.
    token_hash bytea not null check (length(token_hash) = 32),
    created_at timestamptz not null,
    rotated_at timestamptz not null,
    last_used_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    revoke_reason text,
    device_name text,
    user_agent text,
    ip text,
    acr text not null,
    scope text not null
) with (fillfactor = 80);

create index auth_sessions_live on auth_sessions (user_id, created_at) where revoked_at is null;

-- What happened to sessions, for the people who look into it later.
create table session_events (
    id bigserial primary key,
    session_id uuid not null references auth_sessions (id) on delete cascade,
    kind text not null,
    generation bigint not null,
    ip text,
    at timestamptz not null
);

create index session_events_by_session on session_events (session_id, id);
