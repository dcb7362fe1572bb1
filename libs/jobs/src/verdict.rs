//! What becomes of a job after a try: pure rules, no I/O.

use std::time::Duration;

use rand::{Rng, RngExt as _};
use time::OffsetDateTime;

use crate::{Cause, Failure, Settings};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// RFC 5321 4.5.4.1 advises to give up after four or five days.
const GIVE_UP: Duration = Duration::from_hours(4 * 24);

/// What a try began with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tries {
    pub attempt: i32,
    pub crashes: i32,
    pub unavailable: i32,
    pub greylisted: i32,
    pub created_at: OffsetDateTime,
    /// Now, by the clock of Postgres.
    pub now: OffsetDateTime,
}

/// How a try ended, other than well.
#[derive(Debug, Clone)]
pub(crate) enum Ended {
    /// The handler said so.
    Failed(Failure),
    /// The handler panicked.
    Panicked,
    /// It had to make way, or was dropped for not doing so.
    Interrupted,
}

/// What is written into the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Again(Again),
    /// Given up; the number is added to the crashes.
    Bury(Cause, i32),
    /// Another claim decides.
    Nothing,
}

/// Ready again after a wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Again {
    pub wait: Duration,
    /// Whether the attempt is given back.
    pub give_back: bool,
    pub crashes: i32,
    pub unavailable: i32,
    pub greylisted: i32,
    pub cause: Option<Cause>,
}

impl Tries {
    /// The rules of JOBS: each class of failure has its own wait and its own end.
    pub fn judge(&self, ended: Ended, settings: &Settings, rng: &mut impl Rng) -> Verdict {
        match ended {
            Ended::Interrupted | Ended::Failed(Failure::Cancelled) => {
                Verdict::Again(self.again(Duration::ZERO, None))
            }
            Ended::Panicked => self.crash(settings, rng),
            Ended::Failed(Failure::Superseded) => Verdict::Nothing,
            Ended::Failed(Failure::Reject(cause)) => Verdict::Bury(cause, 0),
            Ended::Failed(Failure::Retry(cause)) => self.retry(cause, settings, rng),
            Ended::Failed(Failure::Unavailable(cause)) => Verdict::Again(Again {
                unavailable: self.unavailable.saturating_add(1),
                ..self.again(self.outage_wait(settings, rng), Some(cause))
            }),
            Ended::Failed(Failure::Snooze { cause, after }) => {
                Verdict::Again(self.again(after, Some(cause)))
            }
            Ended::Failed(Failure::Greylisted { cause, give_up_at }) => {
                self.greylisted(cause, give_up_at, rng)
            }
        }
    }

    fn again(&self, wait: Duration, cause: Option<Cause>) -> Again {
        Again {
            wait,
            give_back: true,
            crashes: 0,
            unavailable: 0,
            greylisted: self.greylisted,
            cause,
        }
    }

    fn retry(&self, cause: Cause, settings: &Settings, rng: &mut impl Rng) -> Verdict {
        if u64::try_from(self.attempt).unwrap_or(0) >= settings.max_attempts.get() {
            return Verdict::Bury(cause, 0);
        }
        let cap = settings.backoff_cap_ms.millis();
        let wait = jitter(settings.backoff_ms.millis(), cap, self.attempt, rng);
        Verdict::Again(Again {
            give_back: false,
            ..self.again(wait, Some(cause))
        })
    }

    fn crash(&self, settings: &Settings, rng: &mut impl Rng) -> Verdict {
        let crashes = self.crashes.saturating_add(1);
        if u64::try_from(crashes).unwrap_or(0) >= settings.max_crashes.get() {
            return Verdict::Bury(crashed(crashes), 1);
        }
        match self.retry(
            Cause::new("panicked", "the handler panicked"),
            settings,
            rng,
        ) {
            Verdict::Again(again) => Verdict::Again(Again {
                crashes: 1,
                ..again
            }),
            Verdict::Bury(cause, _) => Verdict::Bury(cause, 1),
            Verdict::Nothing => Verdict::Nothing,
        }
    }

    fn outage_wait(&self, settings: &Settings, rng: &mut impl Rng) -> Duration {
        let nth = self.unavailable.saturating_add(1);
        let cap = settings.unavailable_cap_ms.millis();
        jitter(settings.backoff_ms.millis(), cap, nth, rng)
    }

    fn greylisted(
        &self,
        cause: Cause,
        give_up_at: Option<OffsetDateTime>,
        rng: &mut impl Rng,
    ) -> Verdict {
        let wait = match self.greylisted {
            ..=0 => 5 * MINUTE,
            1 => 15 * MINUTE,
            2 => 30 * MINUTE,
            _ => rng.random_range(HOUR..=4 * HOUR),
        };
        let last = self.created_at + GIVE_UP;
        let last = give_up_at.map_or(last, |earlier| earlier.min(last));
        if self.now + wait > last {
            return Verdict::Bury(cause, 0);
        }
        Verdict::Again(Again {
            greylisted: self.greylisted.saturating_add(1),
            ..self.again(wait, Some(cause))
        })
    }
}

/// The cause of death of a job that took its workers along.
pub(crate) fn crashed(times: i32) -> Cause {
    Cause::new("crashed", format!("crashed {times} times"))
}

/// A wait before the `nth` try again, with full jitter: anything up to `base`, three times as
/// much each time, at most `cap`.
pub fn full_jitter(base: Duration, cap: Duration, nth: i32) -> Duration {
    jitter(base, cap, nth, &mut rand::rng())
}

fn jitter(base: Duration, cap: Duration, nth: i32, rng: &mut impl Rng) -> Duration {
    let power = u32::try_from(nth.saturating_sub(1)).unwrap_or(0);
    let longest = base.saturating_mul(3_u32.saturating_pow(power)).min(cap);
    rng.random_range(Duration::ZERO..=longest)
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
