-- Who has proved an address.
create table users (
    id uuid primary key,
    email_canonical text not null unique,
    email_display text not null,
    email_verified_at timestamptz not null,
    display_name text,
    locale text not null,
    timezone text not null default 'UTC',
    status text not null default 'active' check (status in ('active', 'disabled', 'deleting')),
    -- A PHC string; null for accounts that never sign in by password.
    password_hash text,
    password_changed_at timestamptz not null,
    -- Rises with every change of the profile; the ETag.
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz
);
