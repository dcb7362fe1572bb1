-- A table that refers to an older one.
create table next_receipts (
    delivery uuid primary key references deliveries (id) on delete cascade,
    read_at  timestamptz not null default now()
);
