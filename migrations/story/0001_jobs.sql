-- Belongs to libs/jobs: each service's migration is a copy, which a test holds equal.

-- The ledger. A row is written in the transaction that asks for the work.
create table jobs (
    id               uuid        primary key default gen_random_uuid(),
    lane             text        not null default 'interactive',
    kind             text        not null,
    key              uuid        not null,
    tenant           uuid        not null,
    state            text        not null default 'ready'
                     check (state in ('ready', 'queued', 'running', 'done', 'dead', 'cancelled', 'parked')),
    fence            bigint      not null default 0, -- one more at every claim; never falls
    attempt          integer     not null default 0, -- tries; may be given back
    crashes          integer     not null default 0,
    unavailable      integer     not null default 0, -- in a row; decides the next wait
    greylisted       integer     not null default 0, -- in a row; decides the next wait
    run_at           timestamptz not null default now(),
    stream_id        text,                           -- the entry that was published last
    queued_at        timestamptz,
    worker           text,
    lease_until      timestamptz,
    cancel_requested boolean     not null default false,
    last_error       text,
    traceparent      text,
    created_at       timestamptz not null default now(),
    unique (kind, key)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

create index jobs_ready on jobs (lane, tenant, run_at) where state = 'ready';
-- Tells whether anything is due. An expression, so that no plan takes it for the order of one
-- tenant's jobs and reads everybody else's on the way.
create index jobs_due on jobs (lane, (run_at at time zone 'UTC')) where state = 'ready';
create index jobs_queued on jobs (lane, id) where state = 'queued';
create index jobs_running on jobs (lane, lease_until) where state = 'running';
create index jobs_parked on jobs (lane, kind) where state = 'parked';
create index jobs_dead on jobs (lane) where state = 'dead';

-- One row each time that a job is given up.
create table dead_letters (
    id        bigint      primary key generated always as identity,
    job       uuid        not null references jobs (id) on delete cascade,
    kind      text        not null,
    key       uuid        not null,
    code      text        not null,
    reason    text        not null,
    attempts  integer     not null,
    crashes   integer     not null,
    died_at   timestamptz not null default now(),
    copied_at timestamptz                            -- when the `:dlq` stream was told
);

create index dead_letters_job on dead_letters (job);
create index dead_letters_uncopied on dead_letters (id) where copied_at is null;

-- Who works at the moment, and how much at once: the relay publishes no more than they can take.
create table job_workers (
    name    text        primary key,
    lane    text        not null,
    slots   integer     not null,
    seen_at timestamptz not null
);

-- Lanes that are paused, for every replica. While there is a row, the probe alone may run.
create table queue_states (
    queue        text        primary key,             -- the lane
    paused_until timestamptz not null,                -- from then on one job is tried
    reason       text        not null,
    probe        uuid        references jobs (id) on delete set null,
    probe_fence  bigint                               -- of the probe when it was chosen
);
