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
    pub fn new(longest: Duration, lease: Duration, now: Instant) -> Self {
        Self {
            longest,
            lease,
            answered: now,
            still_until: now,
        }
    }

    /// Postgres has answered at `now`. False while the reaper must be still.
    pub fn is_over(&mut self, now: Instant) -> bool {
        if now - self.answered > self.longest {
            self.still_until = now + self.lease;
        }
        self.answered = now;
        now >= self.still_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_long_break_a_whole_lease_is_waited_for() {
        let seconds = Duration::from_secs;
        let start = Instant::now();
        let mut outage = Outage::new(seconds(3), seconds(10), start);
        let mut at = |second| outage.is_over(start + seconds(second));
        assert!((1..=5).all(&mut at));
        assert!((9..19).all(|second| !at(second)));
        assert!(at(19));
    }
}
