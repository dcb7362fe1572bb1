with seen as (
    select * from unnest($1::uuid[], $2::text[]) with ordinality as seen (id, entry, nth)
), locked as (
    select jobs.id
    from jobs join seen on jobs.id = seen.id and jobs.stream_id = seen.entry
    where jobs.state = 'queued'
    order by jobs.id
    for no key update of jobs skip locked
), readied as (
    update jobs set state = 'ready' from locked where jobs.id = locked.id returning jobs.id
)
-- Whoever has the row locked is about to decide.
select
    jobs.id is not null as "known!",
    coalesce(
        jobs.state = 'running' and jobs.lease_until > clock_timestamp()
        or jobs.state = 'queued' and jobs.stream_id = seen.entry and readied.id is null,
        false
    ) as "alive!"
from seen left join jobs using (id) left join readied using (id)
order by seen.nth
