use std::time::Duration;

/// Waits between tries of something that is down: doubling, with jitter, forgetting on success.
pub(crate) struct Patience {
    next: Duration,
}

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(1);

impl Patience {
    pub const fn new() -> Self {
        Self { next: FIRST }
    }

    pub const fn forget(&mut self) {
        self.next = FIRST;
    }

    /// How long to wait now.
    pub fn wait(&mut self) -> Duration {
        let wait = self.next.mul_f64(rand::random_range(0.5..1.0));
        self.next = (self.next * 2).min(LONGEST);
        wait
    }

    /// Whether this is the first failure in a row, which alone is worth a warning.
    pub fn is_fresh(&self) -> bool {
        self.next == FIRST
    }
}
