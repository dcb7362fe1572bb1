//! How a claim ends, other than by [`crate::finish`]. Every statement demands the fence, so a
//! worker that lost its claim changes nothing.

use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use kernel::Fence;
use sqlx::{Acquire as _, PgPool, PgTransaction};

use crate::verdict::Again;
use crate::{Cause, Job, OnDead};

/// Makes the job ready again, or cancelled if that is wanted. False if it is no longer ours.
pub(crate) async fn again(
    pool: &PgPool,
    fence: &Fence,
    again: &Again,
) -> Result<bool, sqlx::Error> {
    let settled = sqlx::query!(
        "update jobs set
             state = case when cancel_requested then 'cancelled' else 'ready' end,
             attempt = attempt - $3, crashes = crashes + $4, unavailable = $5, greylisted = $6,
             run_at = clock_timestamp() + make_interval(secs => $7),
             last_error = coalesce($8, last_error), lease_until = null, worker = null
         where id = $1 and fence = $2 and state = 'running'",
        fence.job(),
        fence.number(),
        i32::from(again.give_back),
        again.crashes,
        again.unavailable,
        again.greylisted,
        again.wait.as_secs_f64(),
        again.cause.as_ref().map(ToString::to_string),
    )
    .execute(pool)
    .await?;
    Ok(settled.rows_affected() > 0)
}

/// Cancels the job if it is ours and that is wanted: [`crate::guard`] refused for that reason.
pub(crate) async fn cancelled(pool: &PgPool, fence: &Fence) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update jobs set state = 'cancelled', lease_until = null, worker = null
         where id = $1 and fence = $2 and state = 'running' and cancel_requested",
        fence.job(),
        fence.number(),
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Sets the job aside for a worker that knows its kind; uses no attempt.
pub(crate) async fn park(pool: &PgPool, fence: &Fence) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update jobs set
             state = case when cancel_requested then 'cancelled' else 'parked' end,
             attempt = attempt - 1, lease_until = null, worker = null
         where id = $1 and fence = $2 and state = 'running'",
        fence.job(),
        fence.number(),
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// A job to be given up.
pub(crate) struct Burial<'a> {
    pub fence: Fence,
    pub job: Job,
    pub cause: &'a Cause,
    /// Added to its crashes.
    pub crashes: i32,
    /// Only if its lease has run out.
    pub if_expired: bool,
    pub on_dead: &'a dyn OnDead,
}

impl Burial<'_> {
    /// Gives the job up, writes a dead letter and marks the subject, all or nothing. False if
    /// the claim is outdated, or if the job was to be cancelled anyway and is now.
    pub async fn hold(&self, pool: &PgPool) -> Result<bool, sqlx::Error> {
        let mut tx = pool.begin().await?;
        let state = self.mark(&mut tx).await?;
        let dead = state.as_deref() == Some("dead");
        if dead {
            self.write_letter(&mut tx).await?;
            self.tell(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(dead)
    }

    async fn mark(&self, tx: &mut PgTransaction<'_>) -> Result<Option<String>, sqlx::Error> {
        sqlx::query_scalar!(
            "update jobs set
                 state = case when cancel_requested then 'cancelled' else 'dead' end,
                 crashes = crashes + $3, last_error = $4, lease_until = null, worker = null
             where id = $1 and fence = $2 and state = 'running'
               and (not $5 or lease_until < clock_timestamp())
             returning state",
            self.fence.job(),
            self.fence.number(),
            self.crashes,
            self.cause.to_string(),
            self.if_expired,
        )
        .fetch_optional(&mut **tx)
        .await
    }

    async fn write_letter(&self, tx: &mut PgTransaction<'_>) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "insert into dead_letters (job, kind, key, code, reason, attempts, crashes)
             select id, kind, key, $2, $3, attempt, crashes from jobs where id = $1",
            self.fence.job(),
            self.cause.code(),
            self.cause.reason(),
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// A hook that is at fault must not keep a poisonous job alive.
    async fn tell(&self, tx: &mut PgTransaction<'_>) -> Result<(), sqlx::Error> {
        let mut savepoint = tx.begin().await?;
        let told = self.on_dead.dead(&mut savepoint, &self.job, self.cause);
        let fault = match AssertUnwindSafe(told).catch_unwind().await {
            Ok(Ok(())) => return savepoint.commit().await,
            Ok(Err(error)) if is_fault(&error) => error.to_string(),
            Ok(Err(outage)) => return Err(outage),
            Err(_) => "panicked".to_owned(),
        };
        tracing::error!(job.id = %self.fence.job(), job.kind = self.job.kind, fault,
            "subject of a dead job could not be marked");
        savepoint.rollback().await
    }
}

/// Whether the statement itself is wrong, so that trying again would not help.
fn is_fault(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(refusal) => {
            let code = refusal.code().unwrap_or_default();
            ["22", "23", "42"]
                .iter()
                .any(|class| code.starts_with(class))
        }
        sqlx::Error::RowNotFound
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::Encode(_)
        | sqlx::Error::TypeNotFound { .. } => true,
        _ => false,
    }
}
