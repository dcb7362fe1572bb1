//! The heartbeat of a worker.

use std::time::Duration;

use kernel::Fence;
use sqlx::PgPool;
use uuid::Uuid;

/// What a heartbeat learned of one claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beat {
    Ours,
    /// Ours, and wanted no more.
    CancelRequested,
    Lost,
}

/// Who works, and how much at once.
pub(crate) struct Worker<'a> {
    pub name: &'a str,
    pub lane: &'a str,
    pub slots: u32,
}

/// Says that the worker lives.
pub(crate) async fn present(pool: &PgPool, worker: &Worker<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into job_workers (name, lane, slots, seen_at) values ($1, $2, $3, now())
         on conflict (name) do update set seen_at = now()",
        worker.name,
        worker.lane,
        i32::try_from(worker.slots).unwrap_or(i32::MAX),
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Says that the worker is gone.
pub(crate) async fn absent(pool: &PgPool, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from job_workers where name = $1", name)
        .execute(pool)
        .await?;
    Ok(())
}

/// Prolongs all claims in one statement. A row that is locked is being settled by somebody who
/// holds its fence, or is being cancelled: it is let be and not waited for.
pub(crate) async fn prolong(
    pool: &PgPool,
    lease: Duration,
    fences: &[Fence],
) -> Result<Vec<(Fence, Beat)>, sqlx::Error> {
    let ids: Vec<Uuid> = fences.iter().map(Fence::job).collect();
    let numbers: Vec<i64> = fences.iter().map(Fence::number).collect();
    let rows = sqlx::query_file!("queries/prolong.sql", &ids, &numbers, lease.as_secs_f64())
        .fetch_all(pool)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let beat = match (row.ours, row.cancel_requested) {
                (false, _) => Beat::Lost,
                (true, true) => Beat::CancelRequested,
                (true, false) => Beat::Ours,
            };
            (Fence::new(row.id, row.fence), beat)
        })
        .collect())
}
