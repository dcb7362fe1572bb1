-- Belongs to libs/outbox: each service's migration is a copy, which a test holds equal.

-- Messages for other services. A row is written in the transaction that has something to say.
create table outbox (
    id          uuid        primary key,             -- given by the caller: the receiver's idempotency key
    topic       text        not null,
    payload     bytea       not null,
    traceparent text,
    attempts    integer     not null default 0,
    run_at      timestamptz not null default now(),  -- not before; moved on while a delivery is under way
    created_at  timestamptz not null default now(),
    sent_at     timestamptz,
    refused_at  timestamptz,
    last_error  text
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

create index outbox_due on outbox (run_at) where sent_at is null and refused_at is null;
create index outbox_sent on outbox (sent_at) where sent_at is not null;
