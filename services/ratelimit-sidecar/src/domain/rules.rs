use std::time::Duration;

use kernel::TokenBucket;

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
}

/// All rules of a domain; the first that matches counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    domain: String,
    rules: Vec<Rule>,
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
        }
        Ok(Self { domain, rules })
    }

    /// The rules with `factor` times as many tokens.
    #[must_use]
    pub fn scaled(mut self, factor: u32) -> Self {
        for rule in &mut self.rules {
            rule.tokens = rule.tokens.saturating_mul(factor);
            rule.burst = rule.burst.saturating_mul(factor);
        }
        self
    }

    /// The limit that the descriptor falls under; none if no rule is about it.
    pub fn limit(&self, domain: &str, descriptor: &Descriptor) -> Option<Limit> {
        if domain != self.domain {
            return None;
        }
        let rule = self.rules.iter().find(|rule| rule.matches(descriptor))?;
        let (tokens, period, burst) = match descriptor.limit {
            Some((tokens, period)) => (tokens, period, tokens),
            None => (rule.tokens, rule.period, rule.burst),
        };
        Some(Limit {
            key: rule.key(domain, descriptor),
            rule: rule.name.clone(),
            bucket: TokenBucket::new(tokens, period, burst),
            tokens,
            period,
            on_store_error: rule.on_store_error,
            cost: descriptor.cost,
        })
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

    /// The rule's name stands for all values that it names or lumps together.
    fn key(&self, domain: &str, descriptor: &Descriptor) -> BucketKey {
        let pairs = self.pattern.iter().zip(&descriptor.entries);
        let own = pairs.filter(|(pattern, _)| pattern.value.is_none());
        let values = own.map(|(_, (_, value))| value.as_str());
        BucketKey::of([domain, &self.name].into_iter().chain(values))
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
        let limit = rules().limit("test", &descriptor(entries));
        assert_eq!(limit.as_ref().map(|limit| limit.rule.as_str()), expected);
        limit.map(|limit| limit.key)
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
        assert_eq!(rules().limit("elsewhere", &elsewhere), None);
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
    }

    #[test]
    fn scaling_multiplies_tokens_and_burst() {
        let scaled = rules().scaled(100);
        let limit = scaled.limit("test", &descriptor(&[("route", "GET /a"), ("ip", "::")]));
        assert_eq!(limit.unwrap().tokens, 500);
    }
}
