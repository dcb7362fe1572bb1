//! The relay: one loop that publishes, and one that repairs.

mod care;
mod outage;
mod publish;
mod recognise;

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::kinds::Mourners;
use crate::probe::NoProbe;
use crate::{Cron, OnDead, Probe, Queue, Wake};

/// Publishes what is due and repairs what crashes left behind. Any number may run at once.
/// Survives outages of Redis and Postgres.
pub struct Relay {
    queue: Queue,
    wake: Wake,
    kinds: Mourners,
    crons: Vec<(&'static str, Cron)>,
    probe: Arc<dyn Probe>,
}

impl Relay {
    /// A relay that publishes when `wake` tells it to, and every poll interval.
    pub fn new(queue: Queue, wake: Wake) -> Self {
        Self {
            queue,
            wake,
            kinds: Mourners::default(),
            crons: Vec::new(),
            probe: Arc::new(NoProbe),
        }
    }

    /// Teaches it a kind of job: whom to tell when one is given up because its workers crash.
    #[must_use]
    pub fn kind(mut self, kind: &'static str, on_dead: Arc<dyn OnDead>) -> Self {
        self.kinds.add(kind, on_dead);
        self
    }

    /// Queues a job of this kind whenever its time comes, for no tenant and with a key that tells
    /// nothing: its subject is the work itself.
    #[must_use]
    pub fn cron(mut self, kind: &'static str, cron: Cron) -> Self {
        self.crons.push((kind, cron));
        self
    }

    /// Has `probe` called at the points that crash tests stop at.
    #[must_use]
    pub fn probe(mut self, probe: Arc<dyn Probe>) -> Self {
        self.probe = probe;
        self
    }

    /// Works until `shutdown` fires. Dropping the future stops everything at once, as a crash
    /// would.
    pub async fn run(self, shutdown: CancellationToken) {
        let relay = Arc::new(self);
        let mut loops = JoinSet::new();
        let (publishing, stop) = (relay.clone(), shutdown.clone());
        loops.spawn(async move { publish::run(&publishing, &stop).await });
        loops.spawn(async move { care::run(&relay, &shutdown).await });
        while loops.join_next().await.is_some() {}
    }
}

/// Why a pass ended early; the next one tries again.
#[derive(Debug, thiserror::Error)]
enum PassError {
    #[error("redis: {0}")]
    Redis(#[from] redis::RedisError),
    #[error("postgres: {0}")]
    Postgres(#[from] sqlx::Error),
}
