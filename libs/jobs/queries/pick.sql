-- Takes turns: the oldest due job of each tenant, then the second of each. Looks at $3 jobs.
with due as (
    select id, tenant, run_at
    from jobs
    where state = 'ready' and lane = $1
      and run_at at time zone 'UTC' <= now() at time zone 'UTC'
    order by run_at at time zone 'UTC'
    limit $3
), candidate as (
    select id, run_at, row_number() over (partition by tenant order by run_at) as round
    from due
), picked as materialized (
    select array(select id from candidate order by round, run_at limit $2) as ids
)
select
    jobs.id, jobs.kind, jobs.tenant, jobs.traceparent,
    greatest(0, extract(epoch from clock_timestamp() - jobs.run_at))::float8 as "late!"
from picked join jobs on jobs.id = any (picked.ids)
where jobs.state = 'ready' and jobs.run_at <= now()
order by array_position(picked.ids, jobs.id)
for no key update of jobs skip locked
