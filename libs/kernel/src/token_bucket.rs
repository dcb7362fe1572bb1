use std::time::Duration;

/// A token bucket: tokens come back one by one, evenly over a period; at most `burst`
/// of them lie ready.
///
/// Its whole state is one number, the instant at which it will be full again, in
/// microseconds of whatever clock the caller has (GCRA's theoretical arrival time).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenBucket {
    interval_us: u64,
    burst: u32,
}

/// What became of an attempt to take tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Whether they were there. If not, none was taken.
    pub allowed: bool,
    /// The state of the bucket now.
    pub full_at_us: u64,
    /// When as many will be there; zero if they were, none if there never will be.
    pub retry_in: Option<Duration>,
}

impl TokenBucket {
    /// `tokens` each `period`, which count as at least 1; at most `burst` at once, and
    /// never any if that is 0.
    pub fn new(tokens: u32, period: Duration, burst: u32) -> Self {
        let period_us = u64::try_from(period.as_micros()).unwrap_or(u64::MAX);
        Self {
            interval_us: period_us.div_ceil(u64::from(tokens.max(1))).max(1),
            burst,
        }
    }

    /// How long one token takes to come back, in microseconds, rounded up.
    pub const fn interval_us(self) -> u64 {
        self.interval_us
    }

    /// How long an empty bucket takes to fill, in microseconds.
    pub fn capacity_us(self) -> u64 {
        self.interval_us.saturating_mul(u64::from(self.burst))
    }

    /// Takes `cost` tokens from a bucket that will be full at `full_at_us`, or none.
    pub fn take(self, full_at_us: u64, now_us: u64, cost: u32) -> Taken {
        let latest = now_us.saturating_add(self.capacity_us());
        let full_at_us = full_at_us.clamp(now_us, latest);
        let after = full_at_us.saturating_add(self.interval_us.saturating_mul(cost.into()));
        if after <= latest {
            return Taken {
                allowed: true,
                full_at_us: after,
                retry_in: Some(Duration::ZERO),
            };
        }
        let possible = cost <= self.burst;
        Taken {
            allowed: false,
            full_at_us,
            retry_in: possible.then(|| Duration::from_micros(after - latest)),
        }
    }

    /// How many of them lie ready at most.
    pub const fn burst(self) -> u32 {
        self.burst
    }

    /// In how many microseconds `tokens` of them lie ready, or all if it holds fewer, when
    /// it will be full in `full_in_us`.
    pub fn holds_in(self, full_in_us: u64, tokens: u32) -> u64 {
        let more = u64::from(self.burst.saturating_sub(tokens));
        full_in_us.saturating_sub(self.interval_us.saturating_mul(more))
    }

    /// How many whole tokens lie ready in a bucket that will be full at `full_at_us`.
    pub fn remaining(self, full_at_us: u64, now_us: u64) -> u32 {
        let missing = full_at_us.saturating_sub(now_us);
        let ready = self.capacity_us().saturating_sub(missing) / self.interval_us;
        u32::try_from(ready).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    fn five_a_minute() -> TokenBucket {
        TokenBucket::new(5, Duration::from_mins(1), 5)
    }

    /// Takes one token at each of these seconds; says which were there.
    fn takes(bucket: TokenBucket, seconds: &[u64]) -> Vec<bool> {
        let mut full_at = 0;
        let at = |second: &u64| {
            let taken = bucket.take(full_at, second * SECOND, 1);
            full_at = taken.full_at_us;
            taken.allowed
        };
        seconds.iter().map(at).collect()
    }

    #[test]
    fn a_burst_is_allowed_and_then_one_token_each_interval() {
        let seconds = [100, 100, 100, 100, 100, 100, 111, 112, 112, 124];
        let expected = [
            true, true, true, true, true, false, false, true, false, true,
        ];
        assert_eq!(takes(five_a_minute(), &seconds), expected);
    }

    #[test]
    fn a_refusal_says_when_and_costs_nothing() {
        let bucket = five_a_minute();
        let full_at = 100 * SECOND + bucket.capacity_us();
        let refused = bucket.take(full_at, 103 * SECOND, 1);
        assert_eq!(refused.retry_in, Some(Duration::from_secs(9)));
        assert_eq!(refused.full_at_us, full_at);
        assert_eq!(bucket.take(0, 0, 6).retry_in, None);
    }

    #[test]
    fn what_is_left_is_counted() {
        let bucket = five_a_minute();
        assert_eq!(bucket.remaining(0, 100 * SECOND), 5);
        let full_at = bucket.take(0, 100 * SECOND, 2).full_at_us;
        assert_eq!(bucket.remaining(full_at, 100 * SECOND), 3);
        assert_eq!(bucket.remaining(full_at, 111 * SECOND), 3);
        assert_eq!(bucket.remaining(full_at, 112 * SECOND), 4);
    }

    #[test]
    fn a_clock_that_goes_back_refills_nothing_and_blocks_no_longer_than_a_full_refill() {
        let bucket = five_a_minute();
        let full_at = bucket.take(0, 1000 * SECOND, 5).full_at_us;
        let taken = bucket.take(full_at, 10 * SECOND, 1);
        assert!(!taken.allowed);
        assert_eq!(taken.full_at_us, 10 * SECOND + bucket.capacity_us());
    }

    #[test]
    fn it_says_when_as_many_will_be_there() {
        let bucket = TokenBucket::new(5, Duration::from_mins(1), 8);
        let empty = bucket.capacity_us();
        assert_eq!(bucket.holds_in(empty, 5), 60 * SECOND);
        assert_eq!(bucket.holds_in(empty, 9), empty);
        assert_eq!(bucket.holds_in(SECOND, 5), 0);
    }

    #[test]
    fn a_bucket_that_holds_nothing_gives_nothing() {
        let bucket = TokenBucket::new(0, Duration::from_mins(1), 0);
        let taken = bucket.take(0, 100 * SECOND, 1);
        assert_eq!((taken.allowed, taken.retry_in), (false, None));
        assert_eq!(bucket.remaining(0, 100 * SECOND), 0);
    }

    /// The plain way: a level that rises with time.
    #[test]
    fn it_decides_as_a_bucket_with_a_level_does() {
        let bucket = TokenBucket::new(7, Duration::from_secs(3), 4);
        let (mut full_at, mut level, mut then, mut random) = (0, bucket.capacity_us(), 0, 1_u64);
        for _ in 0..10_000 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let now = then + (random >> 33) % 700_000;
            let cost = u32::try_from((random >> 20) % 4).unwrap();
            level = (level + now - then).min(bucket.capacity_us());
            then = now;
            let need = bucket.interval_us() * u64::from(cost);
            let taken = bucket.take(full_at, now, cost);
            assert_eq!(taken.allowed, need <= level);
            if taken.allowed {
                level -= need;
            }
            full_at = taken.full_at_us;
        }
    }
}
