use sqlx::PgPool;

use crate::application::ports::Unavailable;

/// Removes what has served its time.
pub struct PgHousekeeping {
    pool: PgPool,
}

impl PgHousekeeping {
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Removes answers to keyed requests and counts of days gone by, and marks of stories
    /// that were deleted more than a month ago.
    pub async fn sweep(&self) -> Result<(), Unavailable> {
        let mut tx = self.pool.begin().await?;
        sqlx::query!("delete from idempotency_keys where created_at < now() - interval '24 hours'")
            .execute(&mut *tx)
            .await?;
        sqlx::query!("delete from daily_requests where day < (now() at time zone 'utc')::date - 1")
            .execute(&mut *tx)
            .await?;
        sqlx::query!("delete from deleted_stories where deleted_at < now() - interval '30 days'")
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}
