use datastores::redis::Redis;
use sqlx::PgPool;

use crate::Settings;

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
    /// Reaches the schema that holds the ledger.
    pub pool: PgPool,
    /// Holds the stream.
    pub redis: Redis,
    /// Names the stream.
    pub spec: StreamSpec,
    /// Limits and times.
    pub settings: Settings,
}
