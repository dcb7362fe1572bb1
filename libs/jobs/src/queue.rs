use std::sync::Arc;

use datastores::redis::Redis;
use serde::Deserialize;
use sqlx::PgPool;

use crate::Settings;
use crate::metrics::Metrics;
use crate::stats::StreamStats;
use crate::stream::Stream;

/// The lanes of all services. The chart has KEDA watch the same list.
const LANES: &str = include_str!("../../../charts/storyloom/files/lanes.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lanes {
    group: &'static str,
    lanes: Vec<StreamSpec>,
}

/// A lane that KEDA does not watch: no worker would be woken for its jobs.
#[derive(Debug, thiserror::Error)]
#[error("the lane {lane} of {service} is not in charts/storyloom/files/lanes.json")]
pub struct UnlistedLane {
    service: &'static str,
    lane: &'static str,
}

/// Work of which sort. Each has its stream and its workers' slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lane {
    /// What somebody waits for.
    #[default]
    Interactive,
    /// What may take its time.
    Bulk,
}

impl Lane {
    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::Bulk => "bulk",
        }
    }
}

/// Names the stream of one service and lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
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
        Self::of(service, Lane::Interactive)
    }

    /// A lane of a service.
    pub const fn of(service: &'static str, lane: Lane) -> Self {
        Self {
            service,
            lane: lane.name(),
        }
    }

    /// This one, if workers are woken for its jobs.
    pub fn listed(self) -> Result<Self, UnlistedLane> {
        let listed = serde_json::from_str(LANES)
            .is_ok_and(|it: Lanes| it.group == Self::GROUP && it.lanes.contains(&self));
        listed.then_some(self).ok_or(UnlistedLane {
            service: self.service,
            lane: self.lane,
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lanes_that_keda_watches_may_be_used() {
        assert!(StreamSpec::interactive("story").listed().is_ok());
        assert!(StreamSpec::interactive("notification").listed().is_ok());
        let refusal = StreamSpec::interactive("weather").listed().unwrap_err();
        assert!(refusal.to_string().contains("interactive of weather"));
    }
}
