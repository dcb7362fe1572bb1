//! What the relay reads and writes.

use std::time::Duration;

use serde::Serialize;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

/// A message that is due, and ours for as long as it was put off.
pub(crate) struct Due {
    pub id: Uuid,
    pub topic: String,
    pub payload: Vec<u8>,
    pub traceparent: Option<String>,
    /// This try counted.
    pub attempts: i32,
    pub created_at: OffsetDateTime,
    pub now: OffsetDateTime,
}

/// Takes up to `count` due messages of these topics and puts them off for `lease`.
pub(crate) async fn take(
    pool: &PgPool,
    topics: &[String],
    count: usize,
    lease: Duration,
) -> Result<Vec<Due>, sqlx::Error> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    sqlx::query_file_as!(Due, "queries/take.sql", topics, count, lease.as_secs_f64())
        .fetch_all(pool)
        .await
}

pub(crate) async fn sent(pool: &PgPool, message: &Due) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update outbox set sent_at = now(), last_error = null where id = $1 and sent_at is null",
        message.id,
    )
    .execute(pool)
    .await?;
    Ok(())
}

pub(crate) async fn refused(pool: &PgPool, message: &Due, why: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update outbox set refused_at = now(), last_error = $2
         where id = $1 and sent_at is null and refused_at is null",
        message.id,
        why,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Tries again after `wait`, unless a later try has begun.
pub(crate) async fn failed(
    pool: &PgPool,
    message: &Due,
    wait: Duration,
    why: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update outbox set run_at = now() + make_interval(secs => $3), last_error = $4
         where id = $1 and attempts = $2 and sent_at is null",
        message.id,
        message.attempts,
        wait.as_secs_f64(),
        why,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Forgets a thousand messages that were delivered more than `keep` ago.
pub(crate) async fn forget(pool: &PgPool, keep: Duration) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from outbox where id in (
             select id from outbox where sent_at < now() - make_interval(secs => $1)
             limit 1000 for update skip locked
         )",
        keep.as_secs_f64(),
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// How an outbox stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutboxStats {
    /// Messages on their way; counted up to 100,000.
    pub waiting: i64,
    /// For how long the oldest of them has waited.
    pub oldest_ms: i64,
}

/// Counts what is on its way.
pub async fn stats(pool: &PgPool) -> Result<OutboxStats, sqlx::Error> {
    sqlx::query_as!(
        OutboxStats,
        r#"select count(*) as "waiting!",
             coalesce((extract(epoch from now() - min(created_at)) * 1000)::bigint, 0) as "oldest_ms!"
           from (
               select created_at from outbox where sent_at is null and refused_at is null
               limit 100000
           ) as waiting"#,
    )
    .fetch_one(pool)
    .await
}
