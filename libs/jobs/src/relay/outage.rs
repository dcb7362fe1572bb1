use std::time::Duration;

use tokio::time::Instant;

/// Keeps the reaper still after our own connection to Postgres was broken: workers could not
/// prolong their leases either.
pub(super) struct Outage {
    /// A break longer than this counts.
    longest: Duration,
    /// How long workers get to prolong their leases again.
    lease: Duration,
    answered: Instant,
    still_until: Instant,
}

impl Outage {
    pub fn new(longest: Duration, lease: Duration) -> Self {
        let now = Instant::now();
        Self {
            longest,
            lease,
            answered: now,
            still_until: now,
        }
    }

    /// Postgres has answered just now. False while the reaper must be still.
    pub fn is_over(&mut self) -> bool {
        let now = Instant::now();
        if now - self.answered > self.longest {
            self.still_until = now + self.lease;
        }
        self.answered = now;
        now >= self.still_until
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn after_a_long_break_a_whole_lease_is_waited_for() {
        let seconds = Duration::from_secs;
        let mut outage = Outage::new(seconds(3), seconds(10));
        for _ in 0..5 {
            advance(seconds(1)).await;
            assert!(outage.is_over());
        }
        advance(seconds(4)).await;
        for _ in 0..10 {
            assert!(!outage.is_over());
            advance(seconds(1)).await;
        }
        assert!(outage.is_over());
    }
}
