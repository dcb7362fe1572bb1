use std::sync::Arc;

use datastores::redis::Redis;
use sqlx::PgPool;

use crate::Settings;
use crate::metrics::Metrics;
use crate::stats::StreamStats;
use crate::stream::Stream;

/// Names the stream of one service and lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamSpec {
    /// The service, such as `story`.
    pub service: &'static str,
    /// The lane, such as `interactive`.
    pub lane: &'static str,
}

impl StreamSpec {
    /// The consumer group of every stream.
    pub const GROUP: &'static str = "workers";

    /// The lane of work that somebody waits for.
    pub const fn interactive(service: &'static str) -> Self {
        Self {
            service,
            lane: "interactive",
        }
    }

    /// The key of the stream.
    pub fn stream(&self) -> String {
        format!("storyloom:jobs:{}:{}", self.service, self.lane)
    }

    /// The key of the stream that tells operators of dead letters.
    pub fn dead_letters(&self) -> String {
        format!("storyloom:jobs:{}:dlq", self.service)
    }
}

/// Where the jobs of one lane are kept, and how they are treated. Relay and pool share it.
#[derive(Clone)]
pub struct Queue {
    pub(crate) pool: PgPool,
    pub(crate) stream: Stream,
    pub(crate) spec: StreamSpec,
    pub(crate) settings: Settings,
    pub(crate) metrics: Arc<Metrics>,
}

impl Queue {
    /// `pool` reaches the schema that holds the ledger, `redis` holds the stream. Connects to
    /// neither.
    pub fn new(pool: PgPool, redis: Redis, spec: StreamSpec, settings: Settings) -> Self {
        Self {
            pool,
            stream: Stream::new(redis, &spec),
            spec,
            settings,
            metrics: Arc::new(Metrics::new(spec.lane)),
        }
    }

    /// Shows what relay and pool of this queue do to Prometheus.
    pub fn register(&self, registry: &prometheus::Registry) -> Result<(), prometheus::Error> {
        self.metrics.register(registry)
    }

    /// How the queue stands at the moment. What cannot be learned is left out.
    pub async fn stats(&self) -> StreamStats {
        crate::stats::collect(self).await
    }
}
