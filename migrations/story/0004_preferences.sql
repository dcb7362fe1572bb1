-- What readers like in every story; what is absent is left open.
create table preferences (
    owner_id    uuid        primary key,
    preferences jsonb       not null,
    row_version integer     not null default 1,
    updated_at  timestamptz not null default now()
);
