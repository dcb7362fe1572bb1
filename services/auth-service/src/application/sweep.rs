use std::sync::Arc;
use std::time::Duration;

use kernel::Clock;

use super::ports::{Registrations, Unavailable};

/// Forgets what is of no use any more.
#[derive(Clone)]
pub struct Sweep {
    registrations: Arc<dyn Registrations>,
    clock: Arc<dyn Clock>,
}

impl Sweep {
    /// Registrations are counted for a day after their last mail; no live one is this old.
    const KEPT: Duration = Duration::from_hours(48);

    pub fn new(registrations: Arc<dyn Registrations>, clock: Arc<dyn Clock>) -> Self {
        Self {
            registrations,
            clock,
        }
    }

    #[tracing::instrument(skip_all)]
    pub async fn run(&self) -> Result<(), Unavailable> {
        let now = self.clock.now();
        self.registrations
            .forget_before(now - Self::KEPT, now)
            .await
    }
}
