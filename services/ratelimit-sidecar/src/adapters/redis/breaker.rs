use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Spares a store that does not answer, and its callers the waiting.
///
/// Opens after [`Self::FAILURES`] failures within [`Self::WINDOW`]; while it is open, one
/// caller may try every [`Self::PROBE`], give or take half of it, so that not all
/// processes try at the same moment.
#[derive(Debug, Default)]
pub struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    first: Option<Instant>,
    next_probe: Option<Instant>,
}

impl Breaker {
    const FAILURES: u32 = 5;
    const WINDOW: Duration = Duration::from_secs(1);
    const PROBE: Duration = Duration::from_millis(200);

    /// Whether this caller may try.
    pub fn lets_through(&self, now: Instant) -> bool {
        let mut state = self.state();
        match state.next_probe {
            None => true,
            Some(at) if now < at => false,
            Some(_) => {
                state.next_probe = Some(now + pause());
                true
            }
        }
    }

    /// The store answered.
    pub fn answered(&self) {
        *self.state() = State::default();
    }

    /// The store did not answer.
    pub fn failed(&self, now: Instant) {
        let mut state = self.state();
        if state.first.is_none_or(|first| now - first > Self::WINDOW) {
            state.first = Some(now);
            state.failures = 0;
        }
        state.failures += 1;
        if state.failures >= Self::FAILURES && state.next_probe.is_none() {
            state.next_probe = Some(now + pause());
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pause() -> Duration {
    Breaker::PROBE.mul_f64(rand::random_range(0.5..1.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_five_failures_in_a_second_and_closes_with_an_answer() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..4 {
            breaker.failed(start);
        }
        assert!(breaker.lets_through(start));
        breaker.failed(start);
        assert!(!breaker.lets_through(start));
        let soon = start + Breaker::PROBE / 4;
        assert!(!breaker.lets_through(soon));
        let later = start + Breaker::PROBE * 2;
        assert!(breaker.lets_through(later), "one may try");
        assert!(!breaker.lets_through(later), "one only");
        breaker.answered();
        assert!(breaker.lets_through(later));
    }

    #[test]
    fn failures_far_apart_do_not_open_it() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for second in 0..20 {
            breaker.failed(start + Duration::from_secs(2 * second));
        }
        assert!(breaker.lets_through(start));
    }
}
