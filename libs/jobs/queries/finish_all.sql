-- Locks in the order of ids, so that overlapping batches do not deadlock.
with held as (
    select jobs.id
    from jobs
    join unnest($1::uuid[], $2::bigint[]) as asked (id, fence)
        on jobs.id = asked.id and jobs.fence = asked.fence
    where jobs.state = 'running'
    order by jobs.id
    for no key update of jobs
)
update jobs
set state = 'done', lease_until = null
from held
where jobs.id = held.id
returning jobs.id, jobs.fence
