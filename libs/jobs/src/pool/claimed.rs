//! One claim, from its beginning to its end in the ledger.

use std::time::Instant;

use kernel::Fence;
use tracing::{Instrument as _, Span};

use super::worker::{Known, Worker};
use crate::ledger::claim::Claim;
use crate::ledger::settle::{self, Burial};
use crate::patience::Patience;
use crate::verdict::{Ended, Tries, Verdict};
use crate::{Job, OnDead, Point};

/// A job that this worker holds and knows how to do.
pub(super) struct Claimed<'a> {
    pub job: Job,
    pub fence: Fence,
    pub span: Span,
    worker: &'a Worker,
    on_dead: &'a dyn OnDead,
    tries: Tries,
    began: Instant,
}

impl<'a> Claimed<'a> {
    pub fn new(worker: &'a Worker, claim: &Claim, job: Job, known: &'a Known) -> Self {
        Self {
            job,
            fence: claim.fence,
            span: span(claim),
            worker,
            on_dead: known.on_dead.as_ref(),
            tries: claim.tries,
            began: Instant::now(),
        }
    }

    /// Writes down how it ended.
    pub async fn end(&self, ended: Result<(), Ended>) {
        self.count_and_settle(ended)
            .instrument(self.span.clone())
            .await;
    }

    async fn count_and_settle(&self, ended: Result<(), Ended>) {
        let metrics = &self.worker.queue.metrics;
        let seconds = self.began.elapsed().as_secs_f64();
        metrics
            .duration
            .with_label_values(&[self.job.kind])
            .observe(seconds);
        let broke = self.worker.breaker.hear(&ended).cloned();
        let outcome = match ended {
            Ok(()) => {
                self.worker.probe.at(Point::AfterCommit).await;
                "done"
            }
            Err(ended) => {
                if matches!(ended, Ended::Panicked) {
                    metrics.crashes.with_label_values(&[self.job.kind]).inc();
                }
                self.settle(ended).await
            }
        };
        if matches!(outcome, "done" | "dead") {
            let attempts = metrics.attempts.with_label_values(&[self.job.kind]);
            attempts.observe(self.tries.attempt.into());
        }
        if let Some(cause) = broke {
            self.worker.break_off(&cause).await;
        }
        metrics
            .ended
            .with_label_values(&[self.job.kind, outcome])
            .inc();
        let duration_ms = self.began.elapsed().as_millis();
        tracing::debug!(outcome, duration_ms, "job ended");
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
                    on_dead: self.on_dead,
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

/// The span of the work on a claim, within the trace that asked for it.
pub(super) fn span(claim: &Claim) -> Span {
    let span = tracing::info_span!(
        "job",
        otel.name = %claim.kind,
        otel.kind = "consumer",
        job.id = %claim.fence.job(),
        job.kind = %claim.kind,
        job.key = %claim.key,
        job.attempt = claim.tries.attempt,
    );
    if let Some(traceparent) = &claim.traceparent {
        telemetry::adopt(&span, traceparent);
    }
    span
}

/// Tries until Postgres takes it: the claim is ours and the heartbeat keeps it.
pub(super) async fn persist<T, F>(statement: impl Fn() -> F) -> T
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
