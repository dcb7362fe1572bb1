-- For long backlogs. Takes turns: one job of each tenant that has one due, then a second of each,
-- beginning with tenant $2. The index is skipped through from tenant to tenant, so the length of
-- the backlog does not matter.
with recursive turn (tenant, nth) as (
    (
        select tenant, 1
        from jobs
        where state = 'ready' and lane = $1 and run_at <= now() and tenant >= $2
        order by tenant
        limit 1
    )
    union all
    select following.tenant, turn.nth + 1
    from turn
    cross join lateral (
        select tenant
        from jobs
        where state = 'ready' and lane = $1 and run_at <= now() and tenant > turn.tenant
        order by tenant
        limit 1
    ) as following
    where turn.nth < $3::bigint
), candidate as (
    select picked.id, picked.round, turn.nth
    from turn
    cross join lateral (
        select id, row_number() over (order by run_at) as round
        from (
            select id, run_at
            from jobs
            where state = 'ready' and lane = $1 and run_at <= now() and tenant = turn.tenant
            order by run_at
            limit $3::bigint
        ) as first
    ) as picked
), picked as materialized (
    select array(select id from candidate order by round, nth limit $3::bigint) as ids
)
select
    jobs.id, jobs.kind, jobs.tenant, jobs.traceparent,
    greatest(0, extract(epoch from clock_timestamp() - jobs.run_at))::float8 as "late!"
from picked join jobs on jobs.id = any (picked.ids)
where jobs.state = 'ready' and jobs.run_at <= now()
order by array_position(picked.ids, jobs.id)
for no key update of jobs skip locked
