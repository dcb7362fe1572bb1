-- How many jobs may be published, and whether any is due.
select
    greatest($2, 2 * coalesce((
        select sum(slots) from job_workers
        where lane = $1 and seen_at > now() - make_interval(secs => $3)
    ), 0)) - (select count(*) from jobs where state = 'queued' and lane = $1) as "room!",
    exists (
        select from jobs where state = 'ready' and lane = $1 and run_at <= now()
    ) as "due!"
