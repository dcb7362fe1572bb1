//! The ledger. Here is what other crates write into it, within transactions of their own; the
//! modules below hold what only relay and pool do to it.

pub(crate) mod claim;
pub(crate) mod lease;
pub(crate) mod letters;
pub(crate) mod pause;
pub(crate) mod publish;
pub(crate) mod repair;
pub(crate) mod settle;

use std::time::Duration;

use kernel::{Coded, ErrorKind, Fence};
use sqlx::PgTransaction;
use uuid::Uuid;

use crate::{Job, Lane};

/// What became of a wish for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    /// It is queued once the transaction commits.
    New(Uuid),
    /// There is one of this kind and key already, in whatever state; nothing was written.
    AlreadyThere(Uuid),
}

impl Enqueued {
    /// The id of the job.
    pub const fn id(self) -> Uuid {
        match self {
            Self::New(id) | Self::AlreadyThere(id) => id,
        }
    }
}

/// Queues a job, if and only if the caller's transaction commits. After the commit call
/// [`crate::Wake::wake`], or the relay sees it a fifth of a second later.
pub async fn enqueue(tx: &mut PgTransaction<'_>, job: &Job) -> Result<Enqueued, sqlx::Error> {
    enqueue_on(tx, job, Terms::default()).await
}

/// How a job is queued, if not at once and among what somebody waits for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terms {
    /// Who does it.
    pub lane: Lane,
    /// It does not run before this has passed.
    pub wait: Duration,
}

/// As [`enqueue`], on terms.
pub async fn enqueue_on(
    tx: &mut PgTransaction<'_>,
    job: &Job,
    terms: Terms,
) -> Result<Enqueued, sqlx::Error> {
    let fresh = sqlx::query_scalar!(
        "insert into jobs (kind, key, tenant, traceparent, lane, run_at)
         values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
         on conflict (kind, key) do nothing returning id",
        job.kind,
        job.key,
        job.tenant,
        telemetry::traceparent(),
        terms.lane.name(),
        terms.wait.as_secs_f64(),
    )
    .fetch_optional(&mut **tx)
    .await?;
    if let Some(id) = fresh {
        return Ok(Enqueued::New(id));
    }
    let old = sqlx::query_scalar!(
        "select id from jobs where kind = $1 and key = $2",
        job.kind,
        job.key,
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(Enqueued::AlreadyThere(old))
}

/// Why a job could not be finished. Either way the transaction must be dropped.
#[derive(Debug, thiserror::Error)]
pub enum FinishError {
    /// Another worker holds the job by now, it is done, or it is wanted no more.
    #[error("superseded by a newer claim of the job")]
    Superseded,
    /// The database did not answer.
    #[error("the job could not be finished")]
    Database(#[from] sqlx::Error),
}

impl Coded for FinishError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Superseded => ErrorKind::Conflict,
            Self::Database(_) => ErrorKind::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Superseded => "superseded",
            Self::Database(_) => "unavailable",
        }
    }
}

/// Marks the job done: the last statement of the transaction that saves its effect.
pub async fn finish(tx: &mut PgTransaction<'_>, fence: &Fence) -> Result<(), FinishError> {
    let finished = sqlx::query!(
        "update jobs set state = 'done', lease_until = null
         where id = $1 and fence = $2 and state = 'running'",
        fence.job(),
        fence.number(),
    )
    .execute(&mut **tx)
    .await?
    .rows_affected();
    if finished == 0 {
        return Err(FinishError::Superseded);
    }
    Ok(())
}

/// Marks those of the jobs done that are still ours, and answers them: only their effects may be
/// saved, in the same transaction. Comes first in it, and holds them until it ends.
pub async fn finish_all(
    tx: &mut PgTransaction<'_>,
    fences: &[Fence],
) -> Result<Vec<Fence>, sqlx::Error> {
    let jobs: Vec<Uuid> = fences.iter().map(Fence::job).collect();
    let numbers: Vec<i64> = fences.iter().map(Fence::number).collect();
    let ours = sqlx::query_file!("queries/finish_all.sql", &jobs, &numbers)
        .fetch_all(&mut **tx)
        .await?;
    let fence = ours.into_iter().map(|row| Fence::new(row.id, row.fence));
    Ok(fence.collect())
}

/// Makes sure that the job is still ours and wanted; stands right before an effect that no
/// transaction can take back. Holds the job until the transaction ends, so end it first.
pub async fn guard(tx: &mut PgTransaction<'_>, fence: &Fence) -> Result<(), FinishError> {
    let ours = sqlx::query_scalar!(
        "select id from jobs
         where id = $1 and fence = $2 and state = 'running' and not cancel_requested
         for no key update",
        fence.job(),
        fence.number(),
    )
    .fetch_optional(&mut **tx)
    .await?;
    ours.map(|_| ()).ok_or(FinishError::Superseded)
}

/// What became of the wish to cancel a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelOutcome {
    /// It had not begun, and never will.
    Cancelled,
    /// It is running; its worker learns of it at its next heartbeat. It may still finish before,
    /// so the subject's own state must refuse the effect.
    Requested,
    /// It is over, or there never was one.
    TooLate,
}

/// Cancels the job of this kind and key, if and only if the caller's transaction commits.
pub async fn cancel(
    tx: &mut PgTransaction<'_>,
    kind: &str,
    key: Uuid,
) -> Result<CancelOutcome, sqlx::Error> {
    let state = sqlx::query_scalar!(
        "update jobs set
             cancel_requested = true,
             state = case when state = 'running' then state else 'cancelled' end
         where kind = $1 and key = $2 and state in ('ready', 'queued', 'parked', 'running')
         returning state",
        kind,
        key,
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(match state.as_deref() {
        Some("running") => CancelOutcome::Requested,
        Some(_) => CancelOutcome::Cancelled,
        None => CancelOutcome::TooLate,
    })
}
