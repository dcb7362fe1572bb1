use std::sync::Arc;

use async_trait::async_trait;
use jobs::{Failure, Wake};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Settings;

/// Takes messages of one topic to where they belong.
#[async_trait]
pub trait Deliver: Send + Sync {
    /// Delivers one message. May be called again with the same id, even after it succeeded.
    /// [`Failure::Reject`] ends the message; every other failure is tried again, for ever.
    async fn deliver(&self, id: Uuid, payload: &[u8]) -> Result<(), Failure>;
}

/// Delivers what the outbox holds. Any number may run at once.
pub struct Relay {}

impl Relay {
    /// A relay that looks when `wake` tells it to, and every poll interval.
    pub fn new(_pool: PgPool, _settings: Settings, _wake: Wake) -> Self {
        Self {}
    }

    /// Teaches it a topic. Messages of other topics wait for a relay that knows them.
    #[must_use]
    pub fn topic(self, _topic: &'static str, _deliver: Arc<dyn Deliver>) -> Self {
        self
    }

    /// Delivers until `shutdown` fires, then lets deliveries under way end.
    pub async fn run(self, shutdown: CancellationToken) {
        shutdown.cancelled().await;
    }
}
