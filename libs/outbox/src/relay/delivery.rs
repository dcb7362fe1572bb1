//! One delivery, and what becomes of its message.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use jobs::{Cause, Failure};
use tokio::time::timeout;
use tracing::Instrument as _;

use super::{Deliver, Shared};
use crate::ledger::{self, Due};

/// The longest first wait; the next ones are three times as long each.
const FIRST_WAIT: Duration = Duration::from_secs(1);

pub(super) async fn run(shared: &Shared, message: &Due) {
    // Only messages of known topics are taken.
    let Some((topic, deliver)) = shared.topics.get_key_value(message.topic.as_str()) else {
        return;
    };
    let span = tracing::info_span!(
        "delivery",
        otel.name = topic,
        otel.kind = "producer",
        message.id = %message.id,
        message.topic = topic,
        message.attempt = message.attempts,
    );
    if let Some(traceparent) = &message.traceparent {
        telemetry::adopt(&span, traceparent);
    }
    let work = async {
        let outcome = end(shared, message, attempt(shared, message, deliver).await).await;
        shared
            .metrics
            .ended
            .with_label_values(&[*topic, outcome])
            .inc();
    };
    work.instrument(span).await;
}

async fn attempt(
    shared: &Shared,
    message: &Due,
    deliver: &Arc<dyn Deliver>,
) -> Result<(), Failure> {
    let delivery = AssertUnwindSafe(deliver.deliver(message.id, &message.payload)).catch_unwind();
    match timeout(shared.settings.timeout_ms.millis(), delivery).await {
        Ok(Ok(delivered)) => delivered,
        Ok(Err(_)) => Err(Failure::Retry(Cause::new(
            "panicked",
            "the delivery panicked",
        ))),
        Err(_) => Err(Failure::Unavailable(Cause::new(
            "timed-out",
            "the receiver did not answer in time",
        ))),
    }
}

/// Writes down what became of it. Where that fails the message is due again after a while, and
/// the receiver knows it by its id.
async fn end(shared: &Shared, message: &Due, result: Result<(), Failure>) -> &'static str {
    let (outcome, written) = match result {
        Ok(()) => ("sent", ledger::sent(&shared.pool, message).await),
        Err(Failure::Reject(cause)) => {
            tracing::error!(%cause, "message was refused and is given up");
            let written = ledger::refused(&shared.pool, message, &cause.to_string()).await;
            ("refused", written)
        }
        Err(failure) => ("failed", again(shared, message, &failure).await),
    };
    if let Err(error) = written {
        tracing::warn!(%error, outcome, "end of a delivery could not be written");
    }
    outcome
}

async fn again(shared: &Shared, message: &Due, failure: &Failure) -> Result<(), sqlx::Error> {
    let cap = shared.settings.backoff_cap_ms.millis();
    let wait = match failure {
        Failure::Snooze { after, .. } => *after,
        _ => jobs::full_jitter(FIRST_WAIT, cap, message.attempts),
    };
    let why = failure.cause().map(ToString::to_string).unwrap_or_default();
    let wait_ms = wait.as_millis();
    if age(message) > shared.settings.alert_after_ms.millis() {
        tracing::error!(why, wait_ms, "message is undelivered for long");
    } else {
        tracing::warn!(why, wait_ms, "message was not delivered and waits");
    }
    ledger::failed(&shared.pool, message, wait, &why).await
}

/// By the clock of Postgres.
fn age(message: &Due) -> Duration {
    let age: time::Duration = message.now - message.created_at;
    Duration::try_from(age).unwrap_or_default()
}
