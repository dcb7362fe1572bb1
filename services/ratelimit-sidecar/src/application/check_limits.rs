use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use kernel::Clock;

use super::ports::{Buckets, Level, Peers, StoreAway};
use crate::domain::{Descriptor, Limit, LocalBuckets, OnStoreError, Rules};

/// Says whether a request may pass, and takes its tokens if so.
pub struct CheckLimits {
    rules: RwLock<Arc<Rules>>,
    buckets: Arc<dyn Buckets>,
    peers: Arc<dyn Peers>,
    clock: Arc<dyn Clock>,
    local: Mutex<LocalBuckets>,
    enforce: bool,
}

/// What is said of one descriptor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub rule: String,
    pub tokens: u32,
    pub period: Duration,
    pub allowed: bool,
    pub remaining: u32,
    /// When the tokens will be there, if not now and if ever.
    pub retry_in: Option<Duration>,
    /// When the bucket will hold its quota again, or be full, if it holds less than that.
    pub reset_in: Duration,
}

/// What is said of a whole request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Those of each descriptor, in the same order: the rule's own first; none where no
    /// rule is about it.
    pub verdicts: Vec<Vec<Verdict>>,
    /// Whether this process decided alone.
    pub alone: bool,
}

impl Verdict {
    /// How long the client has to wait: not at all, until the tokens are there, or, where
    /// they never will be, until it has its quota.
    pub fn wait(&self) -> Duration {
        self.retry_in.unwrap_or(self.reset_in)
    }
}

impl Outcome {
    /// Whether the request may pass.
    pub fn allowed(&self) -> bool {
        self.verdicts
            .iter()
            .flatten()
            .all(|verdict| verdict.allowed)
    }
}

/// How many debts are settled with one check.
const DEBTS_AT_ONCE: usize = 200;

impl CheckLimits {
    pub fn new(
        rules: Rules,
        buckets: Arc<dyn Buckets>,
        peers: Arc<dyn Peers>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            rules: RwLock::new(Arc::new(rules)),
            buckets,
            peers,
            clock,
            local: Mutex::default(),
            enforce: true,
        }
    }

    /// The same, but everything passes.
    #[must_use]
    pub fn without_enforcing(self) -> Self {
        Self {
            enforce: false,
            ..self
        }
    }

    /// From now on these rules count; says whether they are others than before.
    pub fn replace_rules(&self, rules: Rules) -> bool {
        let mut current = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        let others = **current != rules;
        if others {
            *current = Arc::new(rules);
        }
        others
    }

    #[tracing::instrument(skip_all, level = "debug")]
    pub async fn run(&self, domain: &str, descriptors: &[Descriptor]) -> Outcome {
        let found = self.found(domain, descriptors);
        let limits: Vec<Limit> = found.iter().flatten().cloned().collect();
        if limits.is_empty() {
            return Outcome {
                verdicts: vec![Vec::new(); found.len()],
                alone: false,
            };
        }
        let (levels, alone) = match self.buckets.take(&limits).await {
            Ok(levels) => (self.noted(&limits, levels).await, false),
            Err(_) => (self.alone(&limits), true),
        };
        let mut said = limits
            .iter()
            .zip(levels)
            .map(|(limit, level)| verdict(limit, level));
        let verdicts = found
            .iter()
            .map(|own| said.by_ref().take(own.len()).collect());
        Outcome {
            verdicts: verdicts.collect(),
            alone,
        }
    }

    /// The limits of each descriptor.
    fn found(&self, domain: &str, descriptors: &[Descriptor]) -> Vec<Vec<Limit>> {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        let rules = rules.clone();
        let limits = |descriptor| {
            if self.enforce {
                rules.limits(domain, descriptor)
            } else {
                Vec::new()
            }
        };
        descriptors.iter().map(limits).collect()
    }

    /// Remembers what the store said, and settles what was spent while it was away.
    async fn noted(&self, limits: &[Limit], levels: Vec<Level>) -> Vec<Level> {
        let debts = {
            let now = self.now_us();
            let mut local = self.local();
            for (limit, level) in limits.iter().zip(&levels) {
                local.seen(limit, now.saturating_add(level.full_in_us), now);
            }
            local.debts(DEBTS_AT_ONCE)
        };
        if !debts.is_empty() && self.buckets.debit(&debts).await == Err(StoreAway::NotAsked) {
            let mut local = self.local();
            for debit in &debts {
                local.owe(debit);
            }
        }
        levels
    }

    fn alone(&self, limits: &[Limit]) -> Vec<Level> {
        let (now, share) = (self.now_us(), self.peers.count());
        let ours: Vec<&Limit> = limits.iter().filter(|it| is_local(it)).collect();
        let denied = limits.iter().any(is_denied);
        let taken = self.local().take(&ours, now, share, !denied);
        let mut taken = taken.into_iter();
        let level = |limit: &Limit| match limit.on_store_error {
            OnStoreError::Local => taken.next().map(|taken| Level {
                allowed: taken.allowed,
                full_in_us: taken.full_at_us.saturating_sub(now),
                retry_in_us: taken.retry_in.map(micros),
            }),
            OnStoreError::Allow => Some(FULL),
            OnStoreError::Deny => Some(Level {
                allowed: false,
                full_in_us: limit.bucket.capacity_us(),
                retry_in_us: Some(limit.bucket.interval_us()),
            }),
        };
        limits
            .iter()
            .map(level)
            .map(|level| level.unwrap_or(FULL))
            .collect()
    }

    fn local(&self) -> std::sync::MutexGuard<'_, LocalBuckets> {
        self.local.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_us(&self) -> u64 {
        let nanos = self.clock.now().unix_timestamp_nanos().max(0);
        u64::try_from(nanos / 1_000).unwrap_or(u64::MAX)
    }
}

const FULL: Level = Level {
    allowed: true,
    full_in_us: 0,
    retry_in_us: Some(0),
};

fn is_local(limit: &Limit) -> bool {
    limit.on_store_error == OnStoreError::Local
}

fn is_denied(limit: &Limit) -> bool {
    limit.on_store_error == OnStoreError::Deny
}

fn verdict(limit: &Limit, level: Level) -> Verdict {
    Verdict {
        rule: limit.rule.clone(),
        tokens: limit.tokens,
        period: limit.period,
        allowed: level.allowed,
        remaining: limit.bucket.remaining(level.full_in_us, 0),
        retry_in: level.retry_in_us.map(Duration::from_micros),
        reset_in: Duration::from_micros(limit.bucket.holds_in(level.full_in_us, limit.tokens)),
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use kernel::SystemClock;

    use super::*;
    use crate::application::fakes::{FakeBuckets, FakePeers};
    use crate::domain::{Pattern, Rule};

    fn rule(name: &str, tokens: u32, on_store_error: OnStoreError) -> Rule {
        let pattern = |key: &str, value: Option<&str>| Pattern {
            key: key.to_owned(),
            value: value.map(str::to_owned),
        };
        Rule {
            name: name.to_owned(),
            pattern: vec![pattern("route", Some(name)), pattern("ip", None)],
            tokens,
            period: Duration::from_hours(1),
            burst: tokens,
            on_store_error,
        }
    }

    fn check_limits(buckets: Arc<FakeBuckets>) -> CheckLimits {
        let rules = vec![
            rule("login", 3, OnStoreError::Local),
            rule("health", 3, OnStoreError::Allow),
            rule("admin", 3, OnStoreError::Deny),
        ];
        let rules = Rules::new("test".into(), rules).unwrap();
        CheckLimits::new(
            rules,
            buckets,
            Arc::new(FakePeers(1)),
            Arc::new(SystemClock),
        )
    }

    fn request(route: &str) -> [Descriptor; 1] {
        let entries = [("route", route), ("ip", "1.2.3.4")];
        let entries = entries.map(|(key, value)| (key.to_owned(), value.to_owned()));
        [Descriptor {
            entries: entries.into(),
            limit: None,
            cost: 1,
        }]
    }

    async fn passed(check_limits: &CheckLimits, route: &str) -> usize {
        let mut passed = 0;
        for _ in 0..10 {
            let outcome = check_limits.run("test", &request(route)).await;
            passed += usize::from(outcome.allowed());
        }
        passed
    }

    #[tokio::test]
    async fn the_limit_is_kept_and_told() {
        let check_limits = check_limits(Arc::default());
        let outcome = check_limits.run("test", &request("login")).await;
        let verdict = outcome.verdicts[0][0].clone();
        assert_eq!((verdict.rule.as_str(), verdict.remaining), ("login", 2));
        assert_eq!(passed(&check_limits, "login").await, 2);
        let refused = check_limits.run("test", &request("login")).await;
        let retry_in = refused.verdicts[0][0].retry_in.unwrap();
        assert!(retry_in > Duration::ZERO);
    }

    #[tokio::test]
    async fn what_no_rule_is_about_passes() {
        let outcome = check_limits(Arc::default())
            .run("test", &request("other"))
            .await;
        assert_eq!(outcome.verdicts, [Vec::new()]);
        assert!(outcome.allowed());
    }

    #[tokio::test]
    async fn without_the_store_each_rule_does_as_it_says() {
        let buckets = Arc::new(FakeBuckets::default());
        buckets.go_away();
        let check_limits = check_limits(buckets);
        assert_eq!(passed(&check_limits, "login").await, 3);
        assert_eq!(passed(&check_limits, "health").await, 10);
        assert_eq!(passed(&check_limits, "admin").await, 0);
    }

    #[tokio::test]
    async fn what_was_spent_alone_is_taken_from_the_store_afterwards() {
        let buckets = Arc::new(FakeBuckets::default());
        let check_limits = check_limits(buckets.clone());
        buckets.go_away();
        assert_eq!(passed(&check_limits, "login").await, 3);
        buckets.come_back();
        assert!(check_limits.run("test", &request("login")).await.allowed());
        assert_eq!(
            passed(&check_limits, "login").await,
            0,
            "the debt was settled"
        );
    }

    #[tokio::test]
    async fn switched_off_everything_passes() {
        let check_limits = check_limits(Arc::default()).without_enforcing();
        let outcome = check_limits.run("test", &request("login")).await;
        assert_eq!(outcome.verdicts, [Vec::new()]);
        assert_eq!(passed(&check_limits, "login").await, 10);
    }
}
