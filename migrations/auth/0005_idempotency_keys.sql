-- What was answered to requests that may be sent again. Written in the transaction of
-- the effect, so that there is never one without the other.
create table idempotency_keys (
    -- The user, or the network address of a caller who is not signed in.
    owner text not null,
    route text not null,
    key text not null,
    -- Keyed, since bodies may hold passwords.
    fingerprint bytea not null,
    status smallint not null,
    headers jsonb not null,
    body bytea not null,
    expires_at timestamptz not null,
    primary key (owner, route, key)
);

create index idempotency_keys_by_expiry on idempotency_keys (expires_at);
