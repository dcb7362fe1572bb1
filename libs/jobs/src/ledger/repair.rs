//! What is done to jobs whose doorbell or worker was lost. Rows that somebody else holds are
//! skipped: the next pass sees them.

use std::time::Duration;

use kernel::Fence;
use sqlx::PgPool;
use uuid::Uuid;

/// What is to become of an entry that nobody works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The job runs, or its fate is just being decided.
    LeaveAlone,
    /// The job needs it no more.
    Acknowledge,
    /// No job belongs to it.
    Discard,
}

/// Decides over abandoned entries by the rows of their jobs. A job that waited for just this
/// entry is ready again.
pub(crate) async fn settle_abandoned(
    pool: &PgPool,
    jobs: &[Uuid],
    entries: &[String],
) -> Result<Vec<Fate>, sqlx::Error> {
    let rows = sqlx::query_file!("queries/settle_abandoned.sql", jobs, entries)
        .fetch_all(pool)
        .await?;
    let fate = |known, alive| match (known, alive) {
        (false, _) => Fate::Discard,
        (true, true) => Fate::LeaveAlone,
        (true, false) => Fate::Acknowledge,
    };
    Ok(rows.iter().map(|row| fate(row.known, row.alive)).collect())
}

/// Redis lost what it held: all that was published is to be published again.
pub(crate) async fn requeue_all(pool: &PgPool, lane: &str) -> Result<u64, sqlx::Error> {
    let requeued = sqlx::query!(
        "update jobs set state = 'ready' where id in (
             select id from jobs where state = 'queued' and lane = $1
             order by id for no key update skip locked
         )",
        lane,
    )
    .execute(pool)
    .await?;
    Ok(requeued.rows_affected())
}

/// The highest entry that a published job waits for.
pub(crate) async fn highest_entry(
    pool: &PgPool,
    lane: &str,
) -> Result<Option<String>, sqlx::Error> {
    let highest = sqlx::query_scalar!(
        "select stream_id from jobs
         where state = 'queued' and lane = $1 and stream_id is not null
         order by split_part(stream_id, '-', 1)::numeric desc,
                  split_part(stream_id, '-', 2)::numeric desc
         limit 1",
        lane,
    )
    .fetch_optional(pool)
    .await?;
    Ok(highest.flatten())
}

/// A published job, and its entry.
pub(crate) struct Published {
    pub id: Uuid,
    pub entry: String,
}

/// How many queued jobs are checked at once.
pub(crate) const PAGE: usize = 500;

/// Up to [`PAGE`] jobs that were published `age` ago or earlier, with ids above `after`.
pub(crate) async fn long_queued(
    pool: &PgPool,
    lane: &str,
    age: Duration,
    after: Uuid,
) -> Result<Vec<Published>, sqlx::Error> {
    sqlx::query_as!(
        Published,
        r#"select id, coalesce(stream_id, '') as "entry!" from jobs
           where state = 'queued' and lane = $1 and id > $2
             and queued_at < now() - make_interval(secs => $3)
           order by id limit 500"#,
        lane,
        after,
        age.as_secs_f64(),
    )
    .fetch_all(pool)
    .await
}

/// Makes jobs ready whose entries are gone, unless they were claimed or published since.
pub(crate) async fn requeue(pool: &PgPool, lost: &[Published]) -> Result<u64, sqlx::Error> {
    let ids: Vec<Uuid> = lost.iter().map(|lost| lost.id).collect();
    let entries: Vec<String> = lost.iter().map(|lost| lost.entry.clone()).collect();
    let requeued = sqlx::query!(
        "update jobs set state = 'ready' where id in (
             select jobs.id from jobs
             join unnest($1::uuid[], $2::text[]) as lost (id, entry)
               on jobs.id = lost.id and jobs.stream_id = lost.entry
             where jobs.state = 'queued'
             order by jobs.id for no key update of jobs skip locked
         )",
        &ids,
        &entries,
    )
    .execute(pool)
    .await?;
    Ok(requeued.rows_affected())
}

/// Makes jobs ready that were set aside and that this process knows the kind of.
pub(crate) async fn unpark(
    pool: &PgPool,
    lane: &str,
    kinds: &[String],
) -> Result<u64, sqlx::Error> {
    let unparked = sqlx::query!(
        "update jobs set state = 'ready', run_at = now() where id in (
             select id from jobs where state = 'parked' and lane = $1 and kind = any($2)
             order by id for no key update skip locked
         )",
        lane,
        kinds,
    )
    .execute(pool)
    .await?;
    Ok(unparked.rows_affected())
}

/// Forgets up to 5,000 jobs that are done or cancelled and were published, or if they never were
/// asked for, `age` ago or earlier. What was given up stays.
pub(crate) async fn forget(pool: &PgPool, lane: &str, age: Duration) -> Result<u64, sqlx::Error> {
    let forgotten = sqlx::query!(
        "delete from jobs where id in (
             select id from jobs
             where state in ('done', 'cancelled') and lane = $1
               and coalesce(queued_at, created_at) < now() - make_interval(secs => $2)
             order by coalesce(queued_at, created_at) limit 5000
             for update skip locked
         )",
        lane,
        age.as_secs_f64(),
    )
    .execute(pool)
    .await?;
    Ok(forgotten.rows_affected())
}

/// A job whose worker let its lease run out.
pub(crate) struct Expired {
    pub id: Uuid,
    pub kind: String,
    pub worker: Option<String>,
    pub crashes: i32,
}

/// Makes jobs ready whose lease ran out, each with one crash more, except those that have used
/// up their crashes. Does nothing before Postgres itself has been up for a whole lease: nobody
/// could prolong anything while it was away.
pub(crate) async fn reap(
    pool: &PgPool,
    lane: &str,
    lease: Duration,
    max_crashes: i32,
) -> Result<Vec<Expired>, sqlx::Error> {
    sqlx::query_as!(
        Expired,
        "update jobs set
             state = case when cancel_requested then 'cancelled' else 'ready' end,
             crashes = crashes + 1, run_at = now(), lease_until = null, worker = null,
             last_error = 'crashed: its worker died or did not finish it'
         from (
             select id, worker from jobs
             where state = 'running' and lane = $1 and lease_until < now()
               and (crashes + 1 < $2 or cancel_requested)
               and pg_postmaster_start_time() <= now() - make_interval(secs => $3)
             order by id limit 500
             for no key update skip locked
         ) as expired
         where jobs.id = expired.id
         returning jobs.id, jobs.kind, expired.worker, jobs.crashes",
        lane,
        max_crashes,
        lease.as_secs_f64(),
    )
    .fetch_all(pool)
    .await
}

/// A job that took too many workers along.
pub(crate) struct Poisonous {
    pub id: Uuid,
    pub fence: i64,
    pub kind: String,
    pub key: Uuid,
    pub tenant: Uuid,
    pub crashes: i32,
}

impl Poisonous {
    pub const fn fence(&self) -> Fence {
        Fence::new(self.id, self.fence)
    }
}

/// Jobs whose lease ran out for the last time; under the same conditions as [`reap`].
pub(crate) async fn poisonous(
    pool: &PgPool,
    lane: &str,
    lease: Duration,
    max_crashes: i32,
) -> Result<Vec<Poisonous>, sqlx::Error> {
    sqlx::query_as!(
        Poisonous,
        "select id, fence, kind, key, tenant, crashes from jobs
         where state = 'running' and lane = $1 and lease_until < now()
           and crashes + 1 >= $2 and not cancel_requested
           and pg_postmaster_start_time() <= now() - make_interval(secs => $3)
         order by id limit 100",
        lane,
        max_crashes,
        lease.as_secs_f64(),
    )
    .fetch_all(pool)
    .await
}
