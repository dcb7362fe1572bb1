-- What was answered to requests that carried a key, for a day.
create table idempotency_keys (
    owner_id    uuid        not null,
    key         text        not null,
    fingerprint bytea       not null,
    story_id    uuid        not null,
    answer      bytea,                              -- null only within the transaction that makes the story
    created_at  timestamptz not null default now(),
    primary key (owner_id, key)
);

create index idempotency_keys_age on idempotency_keys (created_at);

-- How many stories readers asked for, by day (UTC).
create table daily_requests (
    owner_id uuid    not null,
    day      date    not null,
    stories  integer not null,
    primary key (owner_id, day)
);

create index daily_requests_day on daily_requests (day);
