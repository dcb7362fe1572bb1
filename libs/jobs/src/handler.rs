use async_trait::async_trait;
use kernel::Fence;
use sqlx::PgTransaction;
use tokio_util::sync::CancellationToken;

use crate::{Cause, Failure, Job};

/// Does one kind of job. Must be safe to run twice.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Does the job. Success means that a transaction which ended with [`crate::finish`] has
    /// committed; a job that was not finished runs again when its lease ends.
    ///
    /// `cancel` fires when the job is to be cancelled, is no longer ours, or must make way for a
    /// shutdown. Answer with [`Failure::Cancelled`] soon after; what goes on longer is dropped.
    async fn handle(
        &self,
        job: Job,
        fence: Fence,
        cancel: CancellationToken,
    ) -> Result<(), Failure>;
}

/// Told when a job is given up, so that its subject can be marked as failed.
///
/// Workers call it for what they reject, the relay for jobs whose workers crash.
#[async_trait]
pub trait OnDead: Send + Sync {
    /// Marks the subject, in the transaction that buries the job. Must commit nothing itself.
    /// If it fails other than by an outage, the job is buried all the same and an error is logged.
    async fn dead(
        &self,
        tx: &mut PgTransaction<'_>,
        job: &Job,
        cause: &Cause,
    ) -> Result<(), sqlx::Error>;
}

/// For kinds whose subject needs no mark.
#[async_trait]
impl OnDead for () {
    async fn dead(&self, _: &mut PgTransaction<'_>, _: &Job, _: &Cause) -> Result<(), sqlx::Error> {
        Ok(())
    }
}
