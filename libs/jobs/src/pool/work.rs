//! One claim, from its beginning to its end in the ledger.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use kernel::Fence;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span};

use super::worker::{Known, Worker};
use crate::ledger::claim::Claim;
use crate::ledger::settle::{self, Burial};
use crate::patience::Patience;
use crate::verdict::{Ended, Tries, Verdict};
use crate::{Failure, Job, Point};

/// How long work may go on after it was told to stop.
const TO_STOP: Duration = Duration::from_secs(1);

/// Does the job and writes down how it ended. `cancel` comes from the hand that holds it.
pub(crate) async fn run(worker: &Worker, claim: Claim, cancel: CancellationToken) {
    let span = span(&claim);
    if let Some(traceparent) = &claim.traceparent {
        telemetry::adopt(&span, traceparent);
    }
    let fence = claim.fence;
    match worker.kinds.job(&claim.kind, claim.key, claim.tenant) {
        Some((job, known)) => {
            let work = Work {
                worker,
                known,
                job,
                fence,
                tries: claim.tries,
                began: Instant::now(),
            };
            work.run(cancel).instrument(span).await;
        }
        None => park(worker, &claim).instrument(span).await,
    }
}

fn span(claim: &Claim) -> Span {
    tracing::info_span!(
        "job",
        otel.name = %claim.kind,
        otel.kind = "consumer",
        job.id = %claim.fence.job(),
        job.kind = %claim.kind,
        job.key = %claim.key,
        job.attempt = claim.tries.attempt,
    )
}

async fn park(worker: &Worker, claim: &Claim) {
    tracing::warn!("job of an unknown kind was parked");
    persist(|| settle::park(&worker.queue.pool, &claim.fence)).await;
}

struct Work<'a> {
    worker: &'a Worker,
    known: &'a Known,
    job: Job,
    fence: Fence,
    tries: Tries,
    began: Instant,
}

impl Work<'_> {
    async fn run(&self, cancel: CancellationToken) {
        let ended = self.attempt(cancel).await;
        let metrics = &self.worker.queue.metrics;
        let seconds = self.began.elapsed().as_secs_f64();
        metrics
            .duration
            .with_label_values(&[self.job.kind])
            .observe(seconds);
        let outcome = match ended {
            Ok(()) => {
                self.worker.probe.at(Point::AfterCommit).await;
                "done"
            }
            Err(ended) => self.settle(ended).await,
        };
        metrics
            .ended
            .with_label_values(&[self.job.kind, outcome])
            .inc();
        let duration_ms = self.began.elapsed().as_millis();
        tracing::debug!(outcome, duration_ms, "job ended");
    }

    async fn attempt(&self, cancel: CancellationToken) -> Result<(), Ended> {
        let work = self
            .known
            .handler
            .handle(self.job, self.fence, cancel.clone());
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
            Ok(Ok(())) => Ok(()),
            Ok(Err(failure)) => Err(self.made_way(failure)),
            Err(_) => Err(Ended::Panicked),
        }
    }

    /// What fails because it had to stop for a shutdown has used no attempt.
    fn made_way(&self, failure: Failure) -> Ended {
        match failure {
            Failure::Retry(_) | Failure::Unavailable(_)
                if self.worker.making_way.is_cancelled() =>
            {
                Ended::Interrupted
            }
            other => Ended::Failed(other),
        }
    }

    async fn settle(&self, ended: Ended) -> &'static str {
        let now = self.tries.now + self.began.elapsed();
        let tries = Tries { now, ..self.tries };
        let verdict = tries.judge(ended, &self.worker.queue.settings, &mut rand::rng());
        let pool = &self.worker.queue.pool;
        match &verdict {
            Verdict::Nothing => {
                persist(|| settle::cancelled(pool, &self.fence)).await;
                "superseded"
            }
            Verdict::Again(again) => {
                let cause = again.cause.as_ref().map(tracing::field::display);
                let ours = persist(|| settle::again(pool, &self.fence, again)).await;
                if ours && again.cause.is_some() {
                    let wait_ms = again.wait.as_millis();
                    tracing::warn!(cause, wait_ms, "job failed and waits");
                }
                if ours { "again" } else { "superseded" }
            }
            Verdict::Bury(cause, crashes) => {
                let burial = Burial {
                    fence: self.fence,
                    job: self.job,
                    cause,
                    crashes: *crashes,
                    if_expired: false,
                    on_dead: self.known.on_dead.as_ref(),
                };
                let dead = persist(|| burial.hold(pool)).await;
                if dead {
                    tracing::error!(%cause, "job was given up");
                }
                if dead { "dead" } else { "superseded" }
            }
        }
    }
}

/// Tries until Postgres takes it: the claim is ours and the heartbeat keeps it.
async fn persist<T, F>(statement: impl Fn() -> F) -> T
where
    F: Future<Output = Result<T, sqlx::Error>>,
{
    let mut patience = Patience::new();
    loop {
        match statement().await {
            Ok(answer) => return answer,
            Err(error) => {
                if patience.is_fresh() {
                    tracing::warn!(%error, "end of a job could not be written");
                }
                tokio::time::sleep(patience.wait()).await;
            }
        }
    }
}
