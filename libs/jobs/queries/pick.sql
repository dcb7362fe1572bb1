-- Takes turns: one job of each tenant that has one due, then a second of each, beginning with
-- tenant $2. The index is skipped through from tenant to tenant, so that a long
-- backlog of one costs the others nothing.
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
        from jobs
        where state = 'ready' and lane = $1 and run_at <= now() and tenant = turn.tenant
        order by run_at
        limit $3::bigint
    ) as picked
    order by picked.round, turn.nth
    limit $3::bigint
)
select jobs.id, jobs.kind, jobs.tenant, jobs.traceparent
from jobs join candidate using (id)
where jobs.state = 'ready' and jobs.run_at <= now()
order by candidate.round, candidate.nth
for no key update of jobs skip locked
