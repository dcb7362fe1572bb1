use std::collections::HashMap;
use std::time::{Duration, Instant};

use kernel::{Taken, TokenBucket};

use super::headers::Policy;

/// Buckets of this process, for while the sidecar is away. The limits are those that it
/// last told; before it ever did, those of everything else.
#[derive(Debug)]
pub(super) struct LocalBuckets {
    start: Instant,
    policies: HashMap<String, Policy>,
    buckets: HashMap<(String, String), u64>,
}

/// What the built-in rules say about routes that they do not name.
const OTHERWISE: (&str, u32, u64) = ("other-ip", 50, 60);

impl LocalBuckets {
    /// More buckets, or routes, than this are not kept.
    const MOST: usize = 10_000;

    pub(super) fn new(start: Instant) -> Self {
        Self {
            start,
            policies: HashMap::new(),
            buckets: HashMap::new(),
        }
    }

    /// Remembers what the sidecar said of a route.
    pub(super) fn learn(&mut self, route: &str, policy: Policy) {
        if self.policies.get(route) != Some(&policy) && self.policies.len() < Self::MOST {
            self.policies.insert(route.to_owned(), policy);
        }
    }

    /// Takes one token of a client; says what of which limit.
    pub(super) fn take(
        &mut self,
        route: &str,
        client: &str,
        now: Instant,
    ) -> (Policy, TokenBucket, Taken) {
        let policy = self.policies.get(route).cloned().unwrap_or_else(|| Policy {
            name: OTHERWISE.0.to_owned(),
            quota: OTHERWISE.1,
            window_s: OTHERWISE.2,
        });
        let period = Duration::from_secs(policy.window_s.max(1));
        let bucket = TokenBucket::new(policy.quota, period, policy.quota);
        let now_us = u64::try_from((now - self.start).as_micros()).unwrap_or(u64::MAX);
        self.make_room(now_us);
        let key = (policy.name.clone(), client.to_owned());
        let full_at = self.buckets.entry(key).or_insert(0);
        let taken = bucket.take(*full_at, now_us, 1);
        *full_at = taken.full_at_us;
        let shown = Taken {
            full_at_us: taken.full_at_us.saturating_sub(now_us),
            ..taken
        };
        (policy, bucket, shown)
    }

    fn make_room(&mut self, now_us: u64) {
        if self.buckets.len() >= Self::MOST {
            self.buckets.retain(|_, full_at| *full_at > now_us);
        }
        if self.buckets.len() >= Self::MOST {
            self.buckets.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(buckets: &mut LocalBuckets, route: &str, client: &str) -> usize {
        let now = buckets.start + Duration::from_secs(5);
        (0..200)
            .filter(|_| buckets.take(route, client, now).2.allowed)
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
        let policy = Policy {
            name: "login-ip".to_owned(),
            quota: 5,
            window_s: 60,
        };
        buckets.learn("POST /login", policy);
        assert_eq!(passes(&mut buckets, "POST /login", "1.2.3.4"), 5);
        assert_eq!(passes(&mut buckets, "GET /a", "1.2.3.4"), 50);
    }
}
