with held as (
    select * from unnest($1::uuid[], $2::bigint[]) as held (id, fence)
), locked as (
    select jobs.id
    from jobs join held on jobs.id = held.id and jobs.fence = held.fence
    where jobs.state = 'running'
    order by jobs.id
    for no key update of jobs skip locked
), prolonged as (
    update jobs
    set lease_until = clock_timestamp() + make_interval(secs => $3)
    from locked
    where jobs.id = locked.id
)
select
    held.id as "id!",
    held.fence as "fence!",
    jobs.id is not null as "ours!",
    coalesce(jobs.cancel_requested, false) as "cancel_requested!"
from held
left join jobs on jobs.id = held.id and jobs.fence = held.fence and jobs.state = 'running'
