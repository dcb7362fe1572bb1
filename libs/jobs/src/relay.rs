//! The relay.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::{OnDead, Probe, Queue, Wake};

/// Publishes what is due and repairs what crashes left behind. Any number may run at once.
pub struct Relay {}

impl Relay {
    /// A relay that publishes when `wake` tells it to, and every poll interval.
    pub fn new(_queue: Queue, _wake: Wake) -> Self {
        Self {}
    }

    /// Teaches it a kind of job: whom to tell when one is given up because its workers crash.
    #[must_use]
    pub fn kind(self, _kind: &'static str, _on_dead: Arc<dyn OnDead>) -> Self {
        self
    }

    /// Has `probe` called at the points that crash tests stop at.
    #[must_use]
    pub fn probe(self, _probe: Arc<dyn Probe>) -> Self {
        self
    }

    /// Works until `shutdown` fires.
    pub async fn run(self, shutdown: CancellationToken) {
        shutdown.cancelled().await;
    }
}
