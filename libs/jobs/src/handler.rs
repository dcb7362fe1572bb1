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

/// Does jobs of one kind together, up to 50 at once: those that a worker read
/// together, so there may be as few as one. Must be safe to run twice.
#[async_trait]
pub trait BatchHandler: Send + Sync {
    /// Does the jobs. Success means that a transaction which began with [`crate::finish_all`] has
    /// committed, with the effects of the jobs that this answered and of no other. It names the
    /// jobs that failed by themselves, which were not given to [`crate::finish_all`]. An error
    /// means that all failed.
    ///
    /// `cancel` fires when the jobs must make way for a shutdown. Answer with
    /// [`Failure::Cancelled`] soon after; what goes on longer is dropped.
    async fn handle(
        &self,
        jobs: &[(Job, Fence)],
        cancel: CancellationToken,
    ) -> Result<Vec<(Fence, Failure)>, Failure>;
}

/// How many jobs a [`BatchHandler`] gets at most.
pub(crate) const MOST: usize = 50;

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
