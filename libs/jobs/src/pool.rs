//! The worker pool.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::{Handler, OnDead, Probe, Queue};

/// Works on the jobs of one queue until told to stop. Survives outages of Redis and Postgres.
pub struct Pool {}

impl Pool {
    /// A pool that knows no kind of job yet.
    pub fn new(_queue: Queue) -> Self {
        Self {}
    }

    /// Teaches it a kind of job. Jobs of other kinds are parked for workers that know them.
    #[must_use]
    pub fn handle(
        self,
        _kind: &'static str,
        _handler: Arc<dyn Handler>,
        _on_dead: Arc<dyn OnDead>,
    ) -> Self {
        self
    }

    /// Has `probe` called at the points that crash tests stop at.
    #[must_use]
    pub fn probe(self, _probe: Arc<dyn Probe>) -> Self {
        self
    }

    /// Works until `shutdown` fires, then lets running jobs end or hands them back.
    pub async fn run(self, shutdown: CancellationToken) {
        shutdown.cancelled().await;
    }
}
