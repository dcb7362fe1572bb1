//! Lanes that are paused. Here is what operators write; the rest is what the relay does.

use std::time::Duration;

use sqlx::{PgPool, PgTransaction};
use time::OffsetDateTime;

use super::publish::Due;

/// Pauses a lane for every replica: nothing of it is published, and what was is handed back
/// with no attempt used; jobs that run go on. After `until` one job is tried. If it gets done
/// the pause is over, else the next one is tried a while later.
///
/// `reason` is for operators. Pausing what is paused replaces the old pause.
pub async fn pause(
    pool: &PgPool,
    lane: &str,
    until: OffsetDateTime,
    reason: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into queue_states (queue, paused_until, reason) values ($1, $2, $3)
         on conflict (queue) do update set
             paused_until = excluded.paused_until, reason = excluded.reason,
             probe = null, probe_fence = null, tries = 0",
        lane,
        until,
        reason,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Ends the pause of a lane, if there is one.
pub async fn resume(pool: &PgPool, lane: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from queue_states where queue = $1", lane)
        .execute(pool)
        .await?;
    Ok(())
}

/// Ends the pause if its probe got done. Answers its reason.
pub(crate) async fn close(pool: &PgPool, lane: &str) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "delete from queue_states using jobs
         where queue = $1 and jobs.id = probe and jobs.state = 'done'
         returning reason",
        lane,
    )
    .fetch_optional(pool)
    .await
}

/// Pauses a lane for `wait` because something that its jobs need is down; a pause that is there
/// already stays what it is. Says whether it is a new one.
pub(crate) async fn open(
    pool: &PgPool,
    lane: &str,
    wait: Duration,
    reason: &str,
) -> Result<bool, sqlx::Error> {
    let opened = sqlx::query!(
        "insert into queue_states (queue, paused_until, reason)
         values ($1, clock_timestamp() + make_interval(secs => $2), $3)
         on conflict (queue) do nothing",
        lane,
        wait.as_secs_f64(),
        reason,
    )
    .execute(pool)
    .await?;
    Ok(opened.rows_affected() > 0)
}

/// Prolongs the pause if its probe was tried and did not get done: by `first` three times over
/// for each that was tried in vain, at most by `cap`. One that was cancelled tells nothing: the
/// next one is tried at once. Answers the reason.
pub(crate) async fn prolong(
    pool: &PgPool,
    lane: &str,
    first: Duration,
    cap: Duration,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "update queue_states set
             probe = null, probe_fence = null,
             tries = case when jobs.state = 'cancelled' then tries else least(tries + 1, 100) end,
             paused_until = case when jobs.state = 'cancelled' then paused_until
                 else clock_timestamp()
                      + make_interval(secs => least($3, $2 * power(3::float8, tries + 1))) end
         from jobs
         where queue = $1 and jobs.id = probe
           and (jobs.state in ('dead', 'parked', 'cancelled')
                or jobs.state in ('ready', 'queued') and jobs.fence > probe_fence)
         returning reason",
        lane,
        first.as_secs_f64(),
        cap.as_secs_f64(),
    )
    .fetch_optional(pool)
    .await
}

/// Chooses a probe, once the time has come. It is committed before the probe is published, so
/// that whoever reads its entry knows of it.
pub(crate) async fn choose(pool: &PgPool, lane: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update queue_states set probe = chosen.id, probe_fence = chosen.fence
         from (
             select id, fence from jobs
             where state = 'ready' and lane = $1
               and run_at at time zone 'UTC' <= now() at time zone 'UTC'
             order by run_at at time zone 'UTC' limit 1
         ) as chosen
         where queue = $1 and paused_until <= now() and probe is null",
        lane,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The probe, if it is to be published; locked until the transaction ends.
pub(crate) async fn pick_probe(
    tx: &mut PgTransaction<'_>,
    lane: &str,
) -> Result<Vec<Due>, sqlx::Error> {
    sqlx::query_as!(
        Due,
        r#"select jobs.id, jobs.kind, jobs.tenant, jobs.traceparent,
             greatest(0, extract(epoch from clock_timestamp() - jobs.run_at))::float8 as "late!"
         from queue_states join jobs on jobs.id = queue_states.probe
         where queue_states.queue = $1 and jobs.state = 'ready'
           and jobs.fence = queue_states.probe_fence
         for no key update of jobs skip locked"#,
        lane,
    )
    .fetch_all(&mut **tx)
    .await
}
