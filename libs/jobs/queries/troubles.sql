-- What went wrong with jobs that wait for another try (the 10,000 that are due first) or were
-- given up, most frequent first.
select last_error as "error!", count(*) as "jobs!", count(*) filter (where dead) as "dead!"
from (
    (select last_error, false as dead from jobs
     where state = 'ready' and lane = $1
     order by run_at at time zone 'UTC' limit 10000)
    union all
    (select last_error, true from jobs where state = 'dead' and lane = $1 limit 10000)
) as failed
where last_error is not null
group by last_error
order by count(*) desc, last_error
limit 5
