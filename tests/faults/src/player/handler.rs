use std::time::Duration;

use async_trait::async_trait;
use jobs::{Cause, Failure, FinishError, Handler, Job};
use kernel::Fence;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Mood;

/// How often a job fails that is done in the end.
const RETRIES: i64 = 2;

/// Writes down that it began, then does as the job's mood is.
pub(super) struct Moody(pub PgPool);

#[async_trait]
impl Handler for Moody {
    async fn handle(
        &self,
        job: Job,
        fence: Fence,
        cancel: CancellationToken,
    ) -> Result<(), Failure> {
        let begun = self.begin(job.key, &fence).await.map_err(down)?;
        match Mood::of(job.key) {
            Mood::Willing(length) => self.work(job.key, &fence, length, &cancel).await,
            Mood::Retried if begun > RETRIES => self.save(job.key, &fence).await,
            Mood::Retried | Mood::Hopeless => Err(Failure::Retry(cause())),
            Mood::Rejected => Err(Failure::Reject(cause())),
            #[expect(clippy::panic, reason = "what this job is for")]
            Mood::Panics => panic!("as the job wants it"),
            Mood::Eats => eat(),
        }
    }
}

impl Moody {
    /// Answers how often the job began.
    async fn begin(&self, key: Uuid, fence: &Fence) -> Result<i64, sqlx::Error> {
        sqlx::query("insert into starts (key, fence) values ($1, $2)")
            .bind(key)
            .bind(fence.number())
            .execute(&self.0)
            .await?;
        sqlx::query_scalar("select count(*) from starts where key = $1")
            .bind(key)
            .fetch_one(&self.0)
            .await
    }

    async fn work(
        &self,
        key: Uuid,
        fence: &Fence,
        length: Duration,
        cancel: &CancellationToken,
    ) -> Result<(), Failure> {
        // The work itself is that it takes time.
        let work = tokio::time::sleep(length);
        match cancel.run_until_cancelled(work).await {
            Some(()) => self.save(key, fence).await,
            None => Err(Failure::Cancelled),
        }
    }

    /// Writes the effect and finishes the job, or neither.
    async fn save(&self, key: Uuid, fence: &Fence) -> Result<(), Failure> {
        let mut tx = self.0.begin().await.map_err(down)?;
        sqlx::query("insert into effects (key, fence) values ($1, $2)")
            .bind(key)
            .bind(fence.number())
            .execute(&mut *tx)
            .await
            .map_err(down)?;
        jobs::finish(&mut tx, fence).await?;
        tx.commit().await.map_err(down)
    }
}

/// Ends the process: it may have so much memory and no more.
fn eat() -> ! {
    const BITE: usize = 64 << 20;
    let mut eaten = Vec::new();
    loop {
        eaten.push(vec![0_u8; BITE]);
    }
}

fn down(error: sqlx::Error) -> Failure {
    Failure::from(FinishError::Database(error))
}

fn cause() -> Cause {
    Cause::new("as-wanted", "the job is of this mood")
}
