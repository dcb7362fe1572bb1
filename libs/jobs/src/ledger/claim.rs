use std::time::Duration;

use kernel::Fence;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::verdict::Tries;

/// A job that this worker holds from now on.
#[derive(Debug)]
pub(crate) struct Claim {
    pub fence: Fence,
    pub kind: String,
    pub key: Uuid,
    pub tenant: Uuid,
    pub tries: Tries,
    pub traceparent: Option<String>,
}

impl Claim {
    /// Whether it has seen a crash, which it may have caused.
    pub const fn is_suspect(&self) -> bool {
        self.tries.crashes > 0
    }
}

/// What the ledger says of a job that a worker read of.
#[derive(Debug)]
pub(crate) enum Answer {
    Claimed(Box<Claim>),
    /// Running elsewhere.
    Running,
    /// Nothing to be done now: over, cancelled, parked, handed back, or due later.
    NotNow,
    /// There is no such job.
    Unknown,
}

/// Who claims, and on what terms.
pub(crate) struct Claimant<'a> {
    pub worker: &'a str,
    pub lease: Duration,
    /// Whether there is room for a job that has seen a crash; for one, at most.
    pub suspect: bool,
    /// When others that have are tried again.
    pub wait: Duration,
}

/// Claims what can be claimed of `jobs`, and says of each what it is. What is not to be claimed
/// now, because its lane is paused or it has seen a crash, is handed back. Locks in the order of
/// ids, so that overlapping batches do not deadlock.
pub(crate) async fn claim(
    pool: &PgPool,
    claimant: &Claimant<'_>,
    jobs: &[Uuid],
) -> Result<Vec<(Uuid, Answer)>, sqlx::Error> {
    let rows = sqlx::query_file!(
        "queries/claim.sql",
        jobs,
        claimant.worker,
        claimant.lease.as_secs_f64(),
        claimant.suspect,
        claimant.wait.as_secs_f64(),
    )
    .fetch_all(pool)
    .await?;
    let mut answers: Vec<(Uuid, Answer)> = Vec::with_capacity(jobs.len());
    for row in rows {
        let answer = match (row.fence, row.state.as_str()) {
            (Some(fence), _) => Answer::Claimed(Box::new(Claim {
                fence: Fence::new(row.id, fence),
                kind: row.kind,
                key: row.key,
                tenant: row.tenant,
                tries: Tries {
                    attempt: row.attempt,
                    crashes: row.crashes,
                    unavailable: row.unavailable,
                    greylisted: row.greylisted,
                    created_at: row.created_at,
                    now: row.now.unwrap_or(OffsetDateTime::UNIX_EPOCH),
                },
                traceparent: row.traceparent,
            })),
            (None, "running") => Answer::Running,
            (None, _) => Answer::NotNow,
        };
        answers.push((row.id, answer));
    }
    for job in jobs {
        if !answers.iter().any(|(known, _)| known == job) {
            answers.push((*job, Answer::Unknown));
        }
    }
    Ok(answers)
}
