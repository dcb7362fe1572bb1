use std::sync::{Arc, OnceLock};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::breaker::Breaker;
use super::hand::Hand;
use crate::kinds::Kinds;
use crate::{BatchHandler, Handler, OnDead, Probe, Queue};

/// What is known of a kind of job.
pub(crate) struct Known {
    pub does: Does,
    pub on_dead: Arc<dyn OnDead>,
}

/// How jobs of a kind are done.
pub(crate) enum Does {
    Alone(Arc<dyn Handler>),
    Together(Arc<dyn BatchHandler>),
}

/// What all parts of a pool share.
pub(crate) struct Worker {
    pub queue: Queue,
    /// Unique: the consumer of the stream, and the holder of claims.
    pub name: String,
    pub kinds: Kinds<Known>,
    pub probe: Arc<dyn Probe>,
    pub hand: Hand,
    pub breaker: Breaker,
    /// Fires when nothing new is to be begun.
    pub stop: CancellationToken,
    /// When that was; the drain counts from then.
    pub stopped: OnceLock<Instant>,
    /// Fires when running jobs must make way.
    pub making_way: CancellationToken,
}
