//! The work on claims: alone, or together with others of its kind.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::claimed::{Claimed, persist, span};
use super::worker::{Does, Worker};
use crate::ledger::claim::Claim;
use crate::ledger::settle;
use crate::verdict::Ended;
use crate::{BatchHandler, Failure, Handler, Job};

/// How long work may go on after it was told to stop.
const TO_STOP: Duration = Duration::from_secs(1);

/// Does the jobs and writes down how they ended. They are of one kind; if it is not one whose
/// jobs are done together, there is just one. Each comes with its token from the hand.
pub(crate) async fn run(worker: &Worker, claims: Vec<(Claim, CancellationToken)>) {
    let mut together = Vec::new();
    let mut handler = None;
    for (claim, cancel) in &claims {
        let Some((job, known)) = worker.kinds.job(&claim.kind, claim.key, claim.tenant) else {
            park(worker, claim).instrument(span(claim)).await;
            continue;
        };
        let claimed = Claimed::new(worker, claim, job, known);
        match &known.does {
            Does::Alone(handler) => alone(worker, &claimed, handler.as_ref(), cancel).await,
            Does::Together(batches) => {
                handler = Some(batches);
                together.push(claimed);
            }
        }
    }
    if let Some(handler) = handler {
        batch(worker, &together, handler.as_ref()).await;
    }
}

async fn park(worker: &Worker, claim: &Claim) {
    tracing::warn!("job of an unknown kind was parked");
    persist(|| settle::park(&worker.queue.pool, &claim.fence)).await;
}

async fn alone(
    worker: &Worker,
    claimed: &Claimed<'_>,
    handler: &dyn Handler,
    cancel: &CancellationToken,
) {
    let work = handler.handle(claimed.job, claimed.fence, cancel.clone());
    let ended = attempt(worker, work, cancel)
        .instrument(claimed.span.clone())
        .await;
    claimed.end(ended).await;
}

/// One job of a batch that is cancelled or lost stops nobody: its fence is refused.
async fn batch(worker: &Worker, batch: &[Claimed<'_>], handler: &dyn BatchHandler) {
    let jobs: Vec<(Job, kernel::Fence)> = batch.iter().map(|one| (one.job, one.fence)).collect();
    let cancel = worker.making_way.child_token();
    let work = handler.handle(&jobs, cancel.clone());
    let span = tracing::info_span!("jobs", jobs = jobs.len());
    let ended = attempt(worker, work, &cancel).instrument(span).await;
    for one in batch {
        let ended = match &ended {
            Ok(failed) => {
                let own = failed.iter().find(|(fence, _)| *fence == one.fence);
                own.map_or(Ok(()), |(_, failure)| {
                    Err(made_way(worker, failure.clone()))
                })
            }
            Err(ended) => Err(ended.clone()),
        };
        one.end(ended).await;
    }
}

async fn attempt<T>(
    worker: &Worker,
    work: impl Future<Output = Result<T, Failure>>,
    cancel: &CancellationToken,
) -> Result<T, Ended> {
    let overdue = async {
        cancel.cancelled().await;
        tokio::time::sleep(TO_STOP).await;
    };
    let result = tokio::select! {
        biased;
        result = AssertUnwindSafe(work).catch_unwind() => result,
        () = overdue => return Err(Ended::Interrupted),
    };
    match result {
        Ok(result) => result.map_err(|failure| made_way(worker, failure)),
        Err(_) => Err(Ended::Panicked),
    }
}

/// What fails because it had to stop for a shutdown has used no attempt.
fn made_way(worker: &Worker, failure: Failure) -> Ended {
    match failure {
        Failure::Retry(_) | Failure::Unavailable(_) if worker.making_way.is_cancelled() => {
            Ended::Interrupted
        }
        other => Ended::Failed(other),
    }
}
