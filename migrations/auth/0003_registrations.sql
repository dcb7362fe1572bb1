-- Addresses to be proved by a code. The code itself is derived, never kept.
create table registrations (
    id uuid primary key,
    email_canonical text not null,
    email_display text not null,
    password_hash text not null,
    display_name text,
    locale text not null,
    -- What the present code is derived from.
    nonce bytea not null check (length(nonce) = 16),
    -- The account that the address already had. Such a registration is a decoy: it looks
    -- like any other, and no code fits.
    account_id uuid references users (id),
    created_at timestamptz not null,
    -- When the code was last mailed, and when it was mailed again.
    mailed_at timestamptz not null,
    resent_at timestamptz[] not null default '{}',
    expires_at timestamptz not null,
    used_at timestamptz,
    locked_at timestamptz
);

create index registrations_by_address on registrations (email_canonical, created_at);
create index registrations_by_age on registrations (created_at);
