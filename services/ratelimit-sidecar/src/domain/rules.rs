use std::time::Duration;

use kernel::TokenBucket;

use super::network::wide_network;
use super::{BucketKey, Descriptor};

/// What is done while Redis is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnStoreError {
    /// A bucket in this process decides.
    #[default]
    Local,
    /// Nothing passes.
    Deny,
    /// Everything passes.
    Allow,
}

/// One key of a descriptor, and the value that it must have, if any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Such as `route` or `ip`.
    pub key: String,
    /// None: each value has a bucket of its own. `*`: all values share one.
    pub value: Option<String>,
}

/// A limit for the descriptors that it matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Unique; shown in headers and metrics.
    pub name: String,
    /// What a descriptor must have, in this order.
    pub pattern: Vec<Pattern>,
    /// How many tokens come back in a period.
    pub tokens: u32,
    /// How long a period is.
    pub period: Duration,
    /// How many lie ready at most.
    pub burst: u32,
    /// What is done while Redis is away.
    pub on_store_error: OnStoreError,
}

/// Why rules are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    #[error("rule `{0}` is there twice")]
    Twice(String),
    #[error("rule `{0}`: tokens, burst and period must be at least 1")]
    Zero(String),
    #[error("rule `{0}` matches nothing: `match` is empty")]
    Empty(String),
    #[error("rule `{0}`: an empty bucket would take more than a century to fill")]
    Endless(String),
}

/// All rules of a domain; the first that matches counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    domain: String,
    all: Vec<Rule>,
    wide: u32,
}

/// A descriptor's own bucket, and how it is filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    pub key: BucketKey,
    pub rule: String,
    pub bucket: TokenBucket,
    pub tokens: u32,
    pub period: Duration,
    pub on_store_error: OnStoreError,
    pub cost: u32,
}

/// Redis counts microseconds exactly for longer than that.
const CENTURY: Duration = Duration::from_hours(24 * 365 * 100);

impl Rules {
    /// The rules of a domain, if each makes sense.
    pub fn new(domain: String, rules: Vec<Rule>) -> Result<Self, RuleError> {
        for (index, rule) in rules.iter().enumerate() {
            let name = || rule.name.clone();
            if rules
                .iter()
                .take(index)
                .any(|other| other.name == rule.name)
            {
                return Err(RuleError::Twice(name()));
            }
            if rule.tokens == 0 || rule.burst == 0 || rule.period < Duration::from_micros(1) {
                return Err(RuleError::Zero(name()));
            }
            if rule.pattern.is_empty() {
                return Err(RuleError::Empty(name()));
            }
            let bucket = TokenBucket::new(rule.tokens, rule.period, rule.burst);
            if Duration::from_micros(bucket.capacity_us()) > CENTURY {
                return Err(RuleError::Endless(name()));
            }
        }
        Ok(Self {
            domain,
            all: rules,
            wide: 0,
        })
    }

    /// The rules with a second bucket for each IPv6 /48 network, which all of its clients
    /// share, with `factor` times the tokens of a client; 0: without one.
    #[must_use]
    pub fn with_wide_networks(self, factor: u32) -> Self {
        Self {
            wide: factor,
            ..self
        }
    }

    /// The rules with `factor` times as many tokens.
    #[must_use]
    pub fn scaled(mut self, factor: u32) -> Self {
        for rule in &mut self.all {
            rule.tokens = rule.tokens.saturating_mul(factor);
            rule.burst = rule.burst.saturating_mul(factor);
        }
        self
    }

    /// The limits that the descriptor falls under: one, two for a client with an IPv6
    /// address if wide networks have buckets too, or none if no rule is about it.
    pub fn limits(&self, domain: &str, descriptor: &Descriptor) -> Vec<Limit> {
        let mut rules = self.all.iter().filter(|_| domain == self.domain);
        let Some(rule) = rules.find(|rule| rule.matches(descriptor)) else {
            return Vec::new();
        };
        let principal = rule.principal(descriptor);
        let own = rule.limit(domain, descriptor, &principal);
        let wide = own.of_wide_network(domain, &principal, self.wide);
        [own].into_iter().chain(wide).collect()
    }
}

const ANY: &str = "*";

impl Rule {
    fn matches(&self, descriptor: &Descriptor) -> bool {
        let pairs = self.pattern.iter().zip(&descriptor.entries);
        self.pattern.len() == descriptor.entries.len()
            && pairs.into_iter().all(|(pattern, (key, value))| {
                let wanted = pattern.value.as_deref().filter(|wanted| *wanted != ANY);
                pattern.key == *key && wanted.is_none_or(|wanted| wanted == value)
            })
    }

    /// What it tells clients apart by: the values that it neither names nor lumps together.
    fn principal<'a>(&self, descriptor: &'a Descriptor) -> Vec<&'a str> {
        let pairs = self.pattern.iter().zip(&descriptor.entries);
        let own = pairs.filter(|(pattern, _)| pattern.value.is_none());
        own.map(|(_, (_, value))| value.as_str()).collect()
    }

    fn limit(&self, domain: &str, descriptor: &Descriptor, principal: &[&str]) -> Limit {
        let own = (self.tokens, self.period, self.burst);
        let set = descriptor
            .limit
            .map(|(tokens, period)| (tokens, period, tokens));
        let (tokens, period, burst) = set.unwrap_or(own);
        Limit {
            key: BucketKey::of(domain, &self.name, principal),
            rule: self.name.clone(),
            bucket: TokenBucket::new(tokens, period, burst),
            tokens,
            period,
            on_store_error: self.on_store_error,
            cost: descriptor.cost,
        }
    }
}

impl Limit {
    /// The limit of the IPv6 /48 network of the principal, if it is in one and `factor`
    /// is not 0.
    fn of_wide_network(&self, domain: &str, principal: &[&str], factor: u32) -> Option<Self> {
        let networks: Vec<_> = principal.iter().map(|value| wide_network(value)).collect();
        if factor == 0 || networks.iter().all(Option::is_none) {
            return None;
        }
        let pairs = networks.iter().zip(principal);
        let wide: Vec<_> = pairs
            .map(|(network, value)| network.as_deref().unwrap_or(value))
            .collect();
        let rule = format!("{}-48", self.rule);
        let tokens = self.tokens.saturating_mul(factor);
        let burst = self.bucket.burst().saturating_mul(factor);
        Some(Self {
            key: BucketKey::of(domain, &rule, &wide),
            rule,
            bucket: TokenBucket::new(tokens, self.period, burst),
            tokens,
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, route: &str, key: &str) -> Rule {
        let route = Pattern {
            key: "route".into(),
            value: Some(route.into()),
        };
        let principal = Pattern {
            key: key.into(),
            value: None,
        };
        Rule {
            name: name.into(),
            pattern: vec![route, principal],
            tokens: 5,
            period: Duration::from_mins(1),
            burst: 5,
            on_store_error: OnStoreError::Local,
        }
    }

    fn rules() -> Rules {
        let rules = vec![
            rule("login-ip", "POST /login", "ip"),
            rule("login-identity", "POST /login", "identity"),
            rule("other-ip", "*", "ip"),
        ];
        Rules::new("test".into(), rules).unwrap()
    }

    fn descriptor(entries: &[(&str, &str)]) -> Descriptor {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        Descriptor {
            entries: entries.iter().map(owned).collect(),
            limit: None,
            cost: 1,
        }
    }

    #[track_caller]
    fn check(entries: &[(&str, &str)], expected: Option<&str>) -> Option<BucketKey> {
        let limits = rules().limits("test", &descriptor(entries));
        let names: Vec<_> = limits.iter().map(|limit| limit.rule.as_str()).collect();
        assert_eq!(names, expected.into_iter().collect::<Vec<_>>());
        limits.first().map(|limit| limit.key)
    }

    #[test]
    fn the_first_rule_that_matches_counts() {
        check(
            &[("route", "POST /login"), ("ip", "1.2.3.4")],
            Some("login-ip"),
        );
        check(
            &[("route", "POST /login"), ("identity", "x")],
            Some("login-identity"),
        );
        check(&[("route", "GET /a"), ("ip", "1.2.3.4")], Some("other-ip"));
        check(&[("route", "GET /a"), ("identity", "x")], None);
        check(&[("ip", "1.2.3.4"), ("route", "POST /login")], None);
        check(&[("route", "POST /login")], None);
        let elsewhere = descriptor(&[("route", "GET /a"), ("ip", "1.2.3.4")]);
        assert_eq!(rules().limits("elsewhere", &elsewhere), []);
    }

    #[test]
    fn each_address_has_a_bucket_and_lumped_routes_share_it() {
        let a = check(&[("route", "GET /a"), ("ip", "1.2.3.4")], Some("other-ip"));
        let b = check(&[("route", "GET /b"), ("ip", "1.2.3.4")], Some("other-ip"));
        let other = check(&[("route", "GET /a"), ("ip", "1.2.3.5")], Some("other-ip"));
        assert_eq!(a, b);
        assert_ne!(a, other);
    }

    #[test]
    fn nonsense_is_refused() {
        let twice = vec![rule("a", "x", "ip"), rule("a", "y", "ip")];
        assert!(matches!(
            Rules::new("t".into(), twice),
            Err(RuleError::Twice(_))
        ));
        let zero = Rule {
            tokens: 0,
            ..rule("a", "x", "ip")
        };
        assert!(matches!(
            Rules::new("t".into(), vec![zero]),
            Err(RuleError::Zero(_))
        ));
        let empty = Rule {
            pattern: vec![],
            ..rule("a", "x", "ip")
        };
        assert!(matches!(
            Rules::new("t".into(), vec![empty]),
            Err(RuleError::Empty(_))
        ));
        let endless = Rule {
            burst: u32::MAX,
            ..rule("a", "x", "ip")
        };
        assert!(matches!(
            Rules::new("t".into(), vec![endless]),
            Err(RuleError::Endless(_))
        ));
    }

    #[test]
    fn scaling_multiplies_tokens_and_burst() {
        let scaled = rules().scaled(100);
        let limits = scaled.limits("test", &descriptor(&[("route", "GET /a"), ("ip", "::")]));
        assert_eq!(limits[0].tokens, 500);
    }

    #[test]
    fn a_limit_of_none_lets_nothing_pass() {
        let none = Descriptor {
            limit: Some((0, Duration::from_mins(1))),
            ..descriptor(&[("route", "GET /a"), ("ip", "192.0.2.1")])
        };
        let bucket = rules().limits("test", &none)[0].bucket;
        assert!(!bucket.take(0, 0, 1).allowed);
    }

    /// What the second bucket of a client is called and holds.
    fn wide(ip: &str) -> Option<(BucketKey, String, u32, u32)> {
        let rules = rules().with_wide_networks(10);
        let limits = rules.limits("test", &descriptor(&[("route", "GET /a"), ("ip", ip)]));
        assert_eq!(limits[0].tokens, 5);
        let second = limits.into_iter().nth(1)?;
        let burst = second.bucket.burst();
        Some((second.key, second.rule, second.tokens, burst))
    }

    #[test]
    fn a_wide_network_has_a_second_bucket_if_that_is_wanted() {
        let (key, rule, tokens, burst) = wide("2001:db8:1:2::/64").unwrap();
        assert_eq!((rule.as_str(), tokens, burst), ("other-ip-48", 50, 50));
        assert_eq!(wide("2001:db8:1:3::/64").unwrap().0, key);
        assert_ne!(wide("2001:db8:2:2::/64").unwrap().0, key);
        assert_eq!(wide("192.0.2.1"), None);
    }
}
