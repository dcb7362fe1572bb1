-- Belongs to libs/jobs: each service's migration is a copy, which a test holds equal. Programs of
-- the version before work on these tables as well.

-- How many probes in a row were tried in vain; decides the next wait.
alter table queue_states add column tries integer not null default 0;

-- Finds jobs that are over and old enough to be forgotten.
create index jobs_over on jobs (lane, (coalesce(queued_at, created_at)))
    where state in ('done', 'cancelled');
