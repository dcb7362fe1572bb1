-- How many jobs may be published, how many are due, counted up to $4, and whether nothing may.
select
    greatest($2, 2 * coalesce((
        select sum(slots) from job_workers
        where lane = $1 and seen_at > now() - make_interval(secs => $3)
    ), 0)) - (select count(*) from jobs where state = 'queued' and lane = $1) as "room!",
    (select count(*) from (
        select from jobs
        where state = 'ready' and lane = $1
          and run_at at time zone 'UTC' <= now() at time zone 'UTC'
        order by run_at at time zone 'UTC'
        limit $4
    ) as due) as "due!",
    exists (select from queue_states where queue = $1) as "paused!"
