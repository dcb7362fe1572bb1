with asked as (
    select *
    from jobs
    where id = any($1)
    order by id
    for no key update
), claimable as (
    select
        asked.id,
        asked.state,
        exists (
            select from queue_states as paused
            where paused.queue = asked.lane and paused.probe is distinct from asked.id
        ) as paused,
        asked.crashes > 0 and not ($4 and asked.id = suspect.first) as quarantined
    from asked
    -- Of those that crashed, one; the one that is ours already, if there is such.
    cross join (
        select (array_agg(id order by state = 'running' desc, id))[1] as first
        from asked
        where crashes > 0 and (
            state = 'queued' or state = 'ready' and run_at <= clock_timestamp()
            or state = 'running' and worker = $2
        )
    ) as suspect
    where asked.state = 'queued' or asked.state = 'ready' and asked.run_at <= clock_timestamp()
), claimed as (
    update jobs
    set state = 'running', attempt = jobs.attempt + 1, fence = jobs.fence + 1, worker = $2,
        lease_until = clock_timestamp() + make_interval(secs => $3)
    from claimable
    where jobs.id = claimable.id and not claimable.paused and not claimable.quarantined
    returning jobs.id, jobs.fence, jobs.attempt
), handed_back as (
    update jobs
    set state = 'ready',
        run_at = case when claimable.paused then jobs.run_at
            else clock_timestamp() + make_interval(secs => $5) end
    from claimable
    where jobs.id = claimable.id and (claimable.paused or claimable.quarantined)
      and claimable.state = 'queued'
)
-- A claim whose answer was lost on the way is still ours.
select
    asked.id, asked.state, asked.kind, asked.key, asked.tenant, asked.crashes, asked.unavailable,
    asked.greylisted, asked.created_at, asked.traceparent,
    coalesce(claimed.attempt, asked.attempt) as "attempt!",
    coalesce(claimed.fence, case when asked.state = 'running' and asked.worker = $2 then asked.fence end) as fence,
    clock_timestamp() as now
from asked left join claimed using (id)
