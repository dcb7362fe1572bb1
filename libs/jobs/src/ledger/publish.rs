//! What the relay reads and writes to publish.

use std::time::Duration;

use sqlx::{PgPool, PgTransaction};
use uuid::Uuid;

/// From how many due jobs on a backlog counts as long.
pub(crate) const LONG: i64 = 1000;

/// How many jobs may be published, and how many are due, counted up to [`LONG`].
pub(crate) struct Survey {
    pub room: i64,
    pub due: i64,
    /// None but a probe may be.
    pub paused: bool,
}

pub(crate) async fn survey(
    pool: &PgPool,
    lane: &str,
    window: u32,
    lease: Duration,
) -> Result<Survey, sqlx::Error> {
    sqlx::query_file_as!(
        Survey,
        "queries/survey.sql",
        lane,
        i64::from(window),
        lease.as_secs_f64(),
        LONG,
    )
    .fetch_one(pool)
    .await
}

/// A job that is due.
pub(crate) struct Due {
    pub id: Uuid,
    pub kind: String,
    pub tenant: Uuid,
    pub traceparent: Option<String>,
    /// For how many seconds it has been due.
    pub late: f64,
}

/// Up to `count` of the oldest [`LONG`] due jobs, in turns between tenants. They are locked
/// until the transaction ends; what others have locked is skipped.
pub(crate) async fn pick(
    tx: &mut PgTransaction<'_>,
    lane: &str,
    count: i64,
) -> Result<Vec<Due>, sqlx::Error> {
    sqlx::query_file_as!(Due, "queries/pick.sql", lane, count, LONG)
        .fetch_all(&mut **tx)
        .await
}

/// As [`pick`], for long backlogs: begins with `tenant`, and only they who come after it have a
/// turn.
pub(crate) async fn pick_in_turns(
    tx: &mut PgTransaction<'_>,
    lane: &str,
    tenant: Uuid,
    count: i64,
) -> Result<Vec<Due>, sqlx::Error> {
    sqlx::query_file_as!(Due, "queries/pick_in_turns.sql", lane, tenant, count)
        .fetch_all(&mut **tx)
        .await
}

/// Writes down that jobs lie in the stream.
pub(crate) async fn queued(
    tx: &mut PgTransaction<'_>,
    jobs: &[Uuid],
    entries: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update jobs set state = 'queued', stream_id = published.entry, queued_at = clock_timestamp()
         from unnest($1::uuid[], $2::text[]) as published (id, entry)
         where jobs.id = published.id",
        jobs,
        entries,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
