use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::dependencies::Check;

const EVERY: Duration = Duration::from_millis(500);
const AT_MOST: Duration = Duration::from_secs(5);

/// What has to come true once before the process is ready. Only those are kept that have
/// not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conditions(Arc<Mutex<BTreeSet<&'static str>>>);

impl Conditions {
    /// Lists one.
    pub(crate) fn list(&self, name: &'static str) {
        self.locked(|unmet| unmet.insert(name));
    }

    /// One that has not come true yet.
    pub(crate) fn unmet(&self) -> Option<&'static str> {
        self.locked(|unmet| unmet.first().copied())
    }

    /// Asks until it is true, which it then stays.
    pub(crate) async fn watch(self, name: &'static str, check: Check, stop: CancellationToken) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told = false;
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let answer = timeout(AT_MOST, check()).await;
            match answer.unwrap_or_else(|_| Err("no answer in time".to_owned())) {
                Ok(()) => {
                    self.locked(|unmet| unmet.remove(name));
                    return;
                }
                Err(why) if !told => {
                    tracing::warn!(condition = name, error.message = why, "not ready yet");
                    told = true;
                }
                Err(_) => {}
            }
        }
    }

    fn locked<T>(&self, look: impl FnOnce(&mut BTreeSet<&'static str>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
