use std::collections::HashMap;
use std::time::{Duration, Instant};

use kernel::TokenBucket;

use super::headers::{Dialect, Policy};

/// Buckets of this process, for while the sidecar is away. The limits are those that it
/// last told, as is the way of telling clients; before it ever did, those of everything
/// else.
#[derive(Debug)]
pub(super) struct LocalBuckets {
    start: Instant,
    dialect: Dialect,
    limits: HashMap<String, Limit>,
    buckets: HashMap<(String, String), u64>,
}

/// What is known of a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Limit {
    pub(super) policy: Policy,
    pub(super) burst: u32,
}

/// What became of one token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) dialect: Dialect,
    pub(super) policy: Policy,
    pub(super) allowed: bool,
    pub(super) remaining: u32,
    pub(super) reset_in: Duration,
    pub(super) retry_in: Duration,
}

/// Stricter than what the built-in rules say about routes that they do not name.
const OTHERWISE: (&str, u32, u64) = ("other-ip", 50, 60);

impl Limit {
    /// The bucket of one client.
    pub(super) fn bucket(&self) -> TokenBucket {
        let Policy {
            quota, window_s, ..
        } = self.policy;
        let period = Duration::from_secs(window_s.max(1));
        TokenBucket::new(quota, period, self.burst)
    }
}

impl LocalBuckets {
    /// More buckets, or routes, than this are not kept; those that are full go first, then
    /// those that are nearest to it.
    const MOST: usize = 10_000;

    pub(super) fn new(start: Instant) -> Self {
        Self {
            start,
            dialect: Dialect::default(),
            limits: HashMap::new(),
            buckets: HashMap::new(),
        }
    }

    /// Remembers what the sidecar said of a route, and how.
    pub(super) fn learn(&mut self, route: &str, dialect: Dialect, limit: Limit) {
        self.dialect = dialect;
        let known = self.limits.get(route);
        let new = known.is_none() && self.limits.len() < Self::MOST;
        if new || known.is_some_and(|known| *known != limit) {
            self.limits.insert(route.to_owned(), limit);
        }
    }

    /// Takes one token of a client.
    pub(super) fn take(&mut self, route: &str, client: &str, now: Instant) -> Answer {
        let known = self.limits.get(route).cloned();
        let limit = known.unwrap_or_else(otherwise);
        let (bucket, policy) = (limit.bucket(), limit.policy);
        let now_us = u64::try_from((now - self.start).as_micros()).unwrap_or(u64::MAX);
        self.make_room(now_us);
        let key = (policy.name.clone(), client.to_owned());
        let full_at = self.buckets.entry(key).or_insert(0);
        let taken = bucket.take(*full_at, now_us, 1);
        *full_at = taken.full_at_us;
        let full_in = taken.full_at_us.saturating_sub(now_us);
        let reset_in = Duration::from_micros(bucket.holds_in(full_in, policy.quota));
        Answer {
            dialect: self.dialect,
            policy,
            allowed: taken.allowed,
            remaining: bucket.remaining(full_in, 0),
            reset_in,
            retry_in: taken.retry_in.unwrap_or(reset_in),
        }
    }

    fn make_room(&mut self, now_us: u64) {
        if self.buckets.len() < Self::MOST {
            return;
        }
        self.buckets.retain(|_, full_at| *full_at > now_us);
        let most = Self::MOST / 4 * 3;
        let Some(too_many) = self.buckets.len().checked_sub(most) else {
            return;
        };
        let mut all: Vec<_> = self.buckets.values().copied().collect();
        let (_, nearest, _) = all.select_nth_unstable(too_many);
        let nearest = *nearest;
        self.buckets.retain(|_, full_at| *full_at > nearest);
    }
}

fn otherwise() -> Limit {
    let (name, quota, window_s) = OTHERWISE;
    let policy = Policy {
        name: name.to_owned(),
        quota,
        window_s,
    };
    Limit {
        policy,
        burst: quota,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(burst: u32) -> Limit {
        let policy = Policy {
            name: "login-ip".to_owned(),
            quota: 5,
            window_s: 60,
        };
        Limit { policy, burst }
    }

    fn passes(buckets: &mut LocalBuckets, route: &str, client: &str) -> usize {
        let now = buckets.start + Duration::from_secs(5);
        (0..200)
            .filter(|_| buckets.take(route, client, now).allowed)
            .count()
    }

    #[test]
    fn an_unknown_route_has_the_limit_of_everything_else() {
        let mut buckets = LocalBuckets::new(Instant::now());
        assert_eq!(passes(&mut buckets, "GET /a", "1.2.3.4"), 50);
        assert_eq!(
            passes(&mut buckets, "GET /b", "1.2.3.4"),
            0,
            "they share a bucket"
        );
        assert_eq!(passes(&mut buckets, "GET /a", "1.2.3.5"), 50);
    }

    #[test]
    fn what_the_sidecar_said_holds_on() {
        let mut buckets = LocalBuckets::new(Instant::now());
        buckets.learn("POST /login", Dialect::Draft03, login(5));
        assert_eq!(passes(&mut buckets, "POST /login", "1.2.3.4"), 5);
        assert_eq!(passes(&mut buckets, "GET /a", "1.2.3.4"), 50);
        buckets.learn("POST /login", Dialect::None, login(3));
        assert_eq!(passes(&mut buckets, "POST /login", "1.2.3.5"), 3);
    }

    #[test]
    fn clients_are_told_as_the_sidecar_told_them() {
        let mut buckets = LocalBuckets::new(Instant::now());
        let mut dialect = || buckets.take("GET /a", "1.2.3.4", Instant::now()).dialect;
        assert_eq!(dialect(), Dialect::Draft10);
        buckets.learn("POST /login", Dialect::None, login(5));
        let told = buckets.take("GET /a", "1.2.3.4", Instant::now());
        assert_eq!(told.dialect, Dialect::None);
    }

    #[test]
    fn when_there_are_too_many_the_emptiest_stay() {
        let mut buckets = LocalBuckets::new(Instant::now());
        assert_eq!(passes(&mut buckets, "GET /a", "1.2.3.4"), 50);
        let now = buckets.start + Duration::from_secs(5);
        for number in 0..LocalBuckets::MOST * 2 {
            buckets.take("GET /a", &number.to_string(), now);
        }
        assert!(buckets.buckets.len() <= LocalBuckets::MOST);
        assert_eq!(passes(&mut buckets, "GET /a", "1.2.3.4"), 0);
    }
}
