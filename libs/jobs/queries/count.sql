select
    (select count(*) from (
        select from jobs where state = 'ready' and lane = $1 limit 100000
    ) as waiting) as "ready!",
    (select count(*) from (
        select from jobs
        where state = 'ready' and lane = $1
          and run_at at time zone 'UTC' > now() at time zone 'UTC'
        limit 100000
    ) as delayed) as "delayed!",
    (select count(*) from jobs where state = 'queued' and lane = $1) as "queued!",
    (select count(*) from jobs where state = 'running' and lane = $1) as "running!",
    (select count(*) from jobs where state = 'parked' and lane = $1) as "parked!",
    (select count(*) from jobs where state = 'dead' and lane = $1) as "dead!",
    (select coalesce(sum(slots), 0) from job_workers
     where lane = $1 and seen_at > now() - make_interval(secs => $2)) as "slots!",
    greatest(0, coalesce((extract(epoch from now() - least(
        (select min(run_at at time zone 'UTC') at time zone 'UTC' from jobs
         where state = 'ready' and lane = $1),
        (select min(run_at) from jobs where state = 'queued' and lane = $1)
    )) * 1000)::bigint, 0)) as "oldest_ms!"
