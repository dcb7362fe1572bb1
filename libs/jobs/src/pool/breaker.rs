//! Notices that nothing gets done because something that the jobs need is down.

use std::sync::atomic::{AtomicU32, Ordering};

use super::worker::Worker;
use crate::ledger::pause;
use crate::verdict::Ended;
use crate::{Cause, Failure};

/// Counts tries that were in vain, one after the other.
pub(crate) struct Breaker {
    in_vain: AtomicU32,
    after: u32,
}

impl Breaker {
    /// Breaks after so many tries in vain.
    pub const fn new(after: u32) -> Self {
        Self {
            in_vain: AtomicU32::new(0),
            after,
        }
    }

    /// Hears how a try ended; answers the cause of the break, if this one is the last straw.
    pub fn hear<'a>(&self, ended: &'a Result<(), Ended>) -> Option<&'a Cause> {
        match ended {
            Err(Ended::Failed(Failure::Unavailable(cause))) => {
                let nth = self.in_vain.fetch_add(1, Ordering::Relaxed) + 1;
                let breaks = nth.is_multiple_of(self.after);
                breaks.then_some(cause)
            }
            // Whoever answers is there, whatever the answer.
            Ok(())
            | Err(Ended::Failed(
                Failure::Reject(_) | Failure::Snooze { .. } | Failure::Greylisted { .. },
            )) => {
                self.in_vain.store(0, Ordering::Relaxed);
                None
            }
            Err(_) => None,
        }
    }
}

impl Worker {
    /// Pauses the lane for everybody. If that fails, the next break does it.
    pub async fn break_off(&self, cause: &Cause) {
        let queue = &self.queue;
        let (lane, wait) = (queue.spec.lane, queue.settings.backoff_ms.millis());
        match pause::open(&queue.pool, lane, wait, &format!("breaker: {cause}")).await {
            Ok(true) => {
                queue.metrics.breaks.inc();
                tracing::warn!(lane, %cause, "lane was paused: what its jobs need is down");
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "lane could not be paused"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn cause() -> Cause {
        Cause::new("unavailable", "the mail server is away")
    }

    fn down() -> Result<(), Ended> {
        Err(Ended::Failed(Failure::Unavailable(cause())))
    }

    #[track_caller]
    fn breaks(between: Result<(), Ended>, expected: bool) {
        let breaker = Breaker::new(3);
        let tries = [down(), down(), between, down()];
        let broke = tries.iter().any(|ended| breaker.hear(ended).is_some());
        assert_eq!(broke, expected, "{tries:?}");
    }

    #[test]
    fn it_breaks_after_tries_in_vain_without_one_that_was_answered() {
        let failed = |failure| Err(Ended::Failed(failure));
        breaks(Ok(()), false);
        breaks(failed(Failure::Reject(cause())), false);
        let after = Duration::from_secs(1);
        let cause = cause();
        breaks(failed(Failure::Snooze { cause, after }), false);
        breaks(Err(Ended::Interrupted), true);
        breaks(failed(Failure::Superseded), true);
        breaks(down(), true);
    }
}
