#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use kernel::Fence;
use sqlx::PgPool;

/// Claims the only open job, as the worker pool does before it calls a handler.
pub async fn claim(pool: &PgPool) -> Fence {
    let (job, number) = sqlx::query_as(
        "update jobs set state = 'running', fence = fence + 1, attempt = attempt + 1,
                lease_until = now() + interval '1 minute'
         where state in ('ready', 'queued', 'running') returning id, fence",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    Fence::new(job, number)
}
