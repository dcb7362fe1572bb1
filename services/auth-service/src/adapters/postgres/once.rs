use sqlx::PgTransaction;
use sqlx::types::Json;
use time::OffsetDateTime;

use crate::application::ports::{Answer, Once, Opened};

/// `lock_not_available`.
const LOCK_TIMEOUT: &str = "55P03";

/// Keeps the request with its answer in the caller's transaction. `Opened::Now` if it is
/// the first of its name; anything else is to be answered without doing it again.
///
/// While the first one's transaction is open this waits for it, two seconds at most.
pub(super) async fn claim(
    tx: &mut PgTransaction<'_>,
    once: &Once,
    now: OffsetDateTime,
) -> Result<Opened, sqlx::Error> {
    sqlx::query!("set local lock_timeout = '2s'")
        .execute(&mut **tx)
        .await?;
    match insert(tx, once, now).await {
        Ok(1) => Ok(Opened::Now),
        Ok(_) => before(tx, once).await,
        Err(error) if is_lock_timeout(&error) => Ok(Opened::StillRunning),
        Err(error) => Err(error),
    }
}

async fn insert(
    tx: &mut PgTransaction<'_>,
    once: &Once,
    now: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    let inserted = sqlx::query_file!(
        "queries/claim_idempotency_key.sql",
        once.owner,
        once.route,
        once.key,
        &once.fingerprint.0,
        i16::try_from(once.answer.status).unwrap_or(i16::MAX),
        Json(&once.answer.headers) as _,
        once.answer.body,
        once.expires_at,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(inserted.rows_affected())
}

async fn before(tx: &mut PgTransaction<'_>, once: &Once) -> Result<Opened, sqlx::Error> {
    let kept = sqlx::query!(
        r#"select fingerprint, status, headers as "headers: Json<Vec<(String, String)>>", body
           from idempotency_keys where owner = $1 and route = $2 and key = $3"#,
        once.owner,
        once.route,
        once.key,
    )
    .fetch_one(&mut **tx)
    .await?;
    if kept.fingerprint != once.fingerprint.0 {
        return Ok(Opened::KeyReused);
    }
    Ok(Opened::Before(Answer {
        status: kept.status.unsigned_abs(),
        headers: kept.headers.0,
        body: kept.body,
    }))
}

fn is_lock_timeout(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    error.is_some_and(|error| error.code().is_some_and(|code| code == LOCK_TIMEOUT))
}
