//! What the relay does with dead letters and signs of life.

use std::time::Duration;

use sqlx::{PgPool, PgTransaction};
use uuid::Uuid;

/// Letters that the stream was not told of, locked until the transaction ends:
/// `(number, job, kind, code)`.
pub(crate) async fn uncopied(
    tx: &mut PgTransaction<'_>,
) -> Result<Vec<(i64, Uuid, String, String)>, sqlx::Error> {
    let letters = sqlx::query!(
        "select id, job, kind, code from dead_letters where copied_at is null
         order by id limit 100 for no key update skip locked",
    )
    .fetch_all(&mut **tx)
    .await?;
    let letter = letters.into_iter();
    Ok(letter
        .map(|row| (row.id, row.job, row.kind, row.code))
        .collect())
}

pub(crate) async fn copied(tx: &mut PgTransaction<'_>, letters: &[i64]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update dead_letters set copied_at = now() where id = any($1)",
        letters
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Forgets workers that were not seen for `idle`.
pub(crate) async fn forget_workers(pool: &PgPool, idle: Duration) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from job_workers where seen_at < now() - make_interval(secs => $1)",
        idle.as_secs_f64(),
    )
    .execute(pool)
    .await?;
    Ok(())
}
