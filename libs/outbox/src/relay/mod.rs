mod delivery;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jobs::{Failure, Wake};
use sqlx::PgPool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::ledger::{self, Due};
use crate::metrics::Metrics;
use crate::{Settings, stats};

/// Beyond the time that a delivery may take, so that its end can still be written down.
const MARGIN: Duration = Duration::from_secs(2);

/// How often the numbers are refreshed and old messages forgotten.
const HOUSEKEEPING: Duration = Duration::from_secs(5);

/// Takes messages of one topic to where they belong.
#[async_trait]
pub trait Deliver: Send + Sync {
    /// Delivers one message. May be called again with the same id, even after it succeeded.
    /// [`Failure::Reject`] ends the message; every other failure is tried again, for ever.
    async fn deliver(&self, id: Uuid, payload: &[u8]) -> Result<(), Failure>;
}

/// Delivers what the outbox holds. Any number may run at once. Survives outages of Postgres and
/// of the receivers.
pub struct Relay {
    shared: Arc<Shared>,
    wake: Wake,
}

/// What deliveries need.
#[derive(Clone)]
struct Shared {
    pool: PgPool,
    settings: Settings,
    topics: HashMap<&'static str, Arc<dyn Deliver>>,
    metrics: Arc<Metrics>,
}

impl Relay {
    /// A relay that looks when `wake` tells it to, and every poll interval.
    pub fn new(pool: PgPool, settings: Settings, wake: Wake) -> Self {
        let shared = Shared {
            pool,
            settings,
            topics: HashMap::new(),
            metrics: Arc::default(),
        };
        Self {
            shared: Arc::new(shared),
            wake,
        }
    }

    /// Teaches it a topic. Messages of other topics wait for a relay that knows them.
    #[must_use]
    pub fn topic(mut self, topic: &'static str, deliver: Arc<dyn Deliver>) -> Self {
        Arc::make_mut(&mut self.shared)
            .topics
            .insert(topic, deliver);
        self
    }

    /// Shows what it does to Prometheus.
    pub fn register(&self, registry: &prometheus::Registry) -> Result<(), prometheus::Error> {
        self.shared.metrics.register(registry)
    }

    /// Delivers until `shutdown` fires, then lets deliveries under way end.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut house = JoinSet::new();
        let (shared, stop) = (self.shared.clone(), shutdown.clone());
        house.spawn(async move { stop.run_until_cancelled(keep_house(&shared)).await });
        let free = Arc::new(Semaphore::new(self.shared.settings.concurrency.size()));
        let mut deliveries = JoinSet::new();
        let mut failing = false;
        while let Some(Some(permits)) = shutdown.run_until_cancelled(room(&free)).await {
            while deliveries.try_join_next().is_some() {}
            let taken = self.take(permits.num_permits(), &mut failing).await;
            if taken.is_empty() {
                shutdown.run_until_cancelled(self.pause()).await;
            }
            self.begin(&mut deliveries, taken, permits);
        }
        while deliveries.join_next().await.is_some() {}
    }

    /// What is due; nothing while Postgres is away.
    async fn take(&self, count: usize, failing: &mut bool) -> Vec<Due> {
        let Shared {
            pool,
            settings,
            topics,
            ..
        } = &*self.shared;
        let topics: Vec<String> = topics.keys().map(ToString::to_string).collect();
        let lease = settings.timeout_ms.millis() + MARGIN;
        let taken = ledger::take(pool, &topics, count, lease).await;
        if let Some(error) = taken.as_ref().err().filter(|_| !*failing) {
            tracing::warn!(%error, "outbox could not be read");
        }
        *failing = taken.is_err();
        taken.unwrap_or_default()
    }

    async fn pause(&self) {
        tokio::select! {
            () = self.wake.woken() => {}
            () = tokio::time::sleep(self.shared.settings.poll_ms.millis()) => {}
        }
    }

    fn begin(
        &self,
        deliveries: &mut JoinSet<()>,
        taken: Vec<Due>,
        mut permits: OwnedSemaphorePermit,
    ) {
        for message in taken {
            let permit = permits.split(1);
            let shared = self.shared.clone();
            deliveries.spawn(async move {
                delivery::run(&shared, &message).await;
                drop(permit);
            });
        }
    }
}

/// Waits for room for a delivery and takes all that there is.
async fn room(free: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    let mut permits = free.clone().acquire_owned().await.ok()?;
    let more = u32::try_from(free.available_permits()).unwrap_or(0);
    if let Ok(others) = free.clone().try_acquire_many_owned(more) {
        permits.merge(others);
    }
    Some(permits)
}

/// Refreshes the numbers and forgets what was delivered long ago. Never returns.
async fn keep_house(shared: &Shared) {
    let mut ticks = interval(HOUSEKEEPING);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let counted = stats(&shared.pool).await;
        match counted {
            Ok(counted) => shared.metrics.show(&counted),
            Err(error) => tracing::debug!(%error, "outbox could not be counted"),
        }
        let keep = shared.settings.keep_ms.millis();
        if let Err(error) = ledger::forget(&shared.pool, keep).await {
            tracing::debug!(%error, "old messages could not be forgotten");
        }
    }
}
