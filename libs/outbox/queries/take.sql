-- Puts the messages off for as long as a delivery may take: a relay that dies delays them by that.
update outbox
set run_at = now() + make_interval(secs => $3), attempts = outbox.attempts + 1
from (
    select id
    from outbox
    where sent_at is null and refused_at is null and run_at <= now() and topic = any($1)
    order by run_at
    limit $2
    for no key update skip locked
) as due
where outbox.id = due.id
returning outbox.id, topic, payload, traceparent, attempts, created_at, now() as "now!"
