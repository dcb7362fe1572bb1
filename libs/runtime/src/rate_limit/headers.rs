//! How clients are told of their limits.

use std::time::Duration;

use axum::http::HeaderMap;
use serde::Deserialize;

const POLICY: &str = "ratelimit-policy";
const STATE: &str = "ratelimit";
const OLD_LIMIT: &str = "x-ratelimit-limit";
const OLD_REMAINING: &str = "x-ratelimit-remaining";
const OLD_RESET: &str = "x-ratelimit-reset";

/// Which header fields tell a client of its limits, beside `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Dialect {
    /// As revision 10 of `draft-ietf-httpapi-ratelimit-headers` has them:
    /// `RateLimit-Policy: "login-ip";q=5;w=60` and `RateLimit: "login-ip";r=3;t=24`.
    #[default]
    #[serde(rename = "draft-10")]
    Draft10,
    /// As its revision 3 had them, of the limit that is nearest to its end:
    /// `X-RateLimit-Limit: 5, 5;w=60;name="login-ip"`, `X-RateLimit-Remaining: 3` and
    /// `X-RateLimit-Reset: 24`.
    #[serde(rename = "draft-03")]
    Draft03,
    /// None.
    #[serde(rename = "none")]
    None,
}

/// One limit: so many requests in so many seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Names the limit; letters, digits and `-`.
    pub name: String,
    /// How many requests.
    pub quota: u32,
    /// In how many seconds, at least 1.
    pub window_s: u64,
}

/// A limit, and what a client has left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The limit.
    pub policy: Policy,
    /// How many requests may come now.
    pub remaining: u32,
    /// When the quota will be there again.
    pub reset_in: Duration,
}

impl Dialect {
    /// The fields, with names in lower case.
    pub fn fields(self, states: &[State]) -> Vec<(&'static str, String)> {
        if states.is_empty() {
            return Vec::new();
        }
        match self {
            Self::Draft10 => vec![
                (POLICY, joined(states, |state| state.policy.draft_10())),
                (STATE, joined(states, State::draft_10)),
            ],
            Self::Draft03 => states
                .iter()
                .min_by_key(|state| state.remaining)
                .map_or_else(Vec::new, State::draft_03),
            Self::None => Vec::new(),
        }
    }

    /// The dialect of these fields, and the limit that they tell of first.
    pub fn read(fields: &HeaderMap) -> (Self, Option<Policy>) {
        let text = |name: &str| fields.get(name).map(|value| value.to_str().unwrap_or(""));
        match (text(POLICY), text(OLD_LIMIT)) {
            (Some(policy), _) => (Self::Draft10, Policy::from_draft_10(policy)),
            (None, Some(limit)) => (Self::Draft03, Policy::from_draft_03(limit)),
            (None, None) => (Self::None, None),
        }
    }
}

fn joined(states: &[State], item: impl Fn(&State) -> String) -> String {
    states.iter().map(item).collect::<Vec<_>>().join(", ")
}

impl Policy {
    fn draft_10(&self) -> String {
        format!("\"{}\";q={};w={}", self.name, self.quota, self.window_s)
    }

    fn from_draft_10(field: &str) -> Option<Self> {
        let mut parts = field.split(',').next()?.trim().split(';');
        Some(Self {
            name: parts.next()?.trim_matches('"').to_owned(),
            quota: parts.next()?.strip_prefix("q=")?.parse().ok()?,
            window_s: parts.next()?.strip_prefix("w=")?.parse().ok()?,
        })
    }

    fn draft_03(&self) -> String {
        let Self {
            name,
            quota,
            window_s,
        } = self;
        format!("{quota}, {quota};w={window_s};name=\"{name}\"")
    }

    fn from_draft_03(field: &str) -> Option<Self> {
        let mut parts = field.split(',').nth(1)?.trim().split(';');
        Some(Self {
            quota: parts.next()?.parse().ok()?,
            window_s: parts.next()?.strip_prefix("w=")?.parse().ok()?,
            name: parts
                .next()?
                .strip_prefix("name=")?
                .trim_matches('"')
                .to_owned(),
        })
    }
}

impl State {
    fn draft_10(&self) -> String {
        let reset = whole_seconds(self.reset_in);
        format!("\"{}\";r={};t={reset}", self.policy.name, self.remaining)
    }

    fn draft_03(&self) -> Vec<(&'static str, String)> {
        vec![
            (OLD_LIMIT, self.policy.draft_03()),
            (OLD_REMAINING, self.remaining.to_string()),
            (OLD_RESET, whole_seconds(self.reset_in).to_string()),
        ]
    }
}

/// `Retry-After`: whole seconds, rounded up, at least one.
pub fn retry_after(retry_in: Duration) -> u32 {
    u32::try_from(whole_seconds(retry_in))
        .unwrap_or(u32::MAX)
        .max(1)
}

/// Rounded up.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn state(name: &str, quota: u32, remaining: u32) -> State {
        State {
            policy: Policy {
                name: name.to_owned(),
                quota,
                window_s: 60,
            },
            remaining,
            reset_in: Duration::from_millis(23_001),
        }
    }

    #[track_caller]
    fn check(dialect: Dialect, expected: &[(&'static str, &str)]) {
        let states = [state("login-ip", 5, 3), state("login-ip-48", 50, 0)];
        let fields = dialect.fields(&states);
        let expected = expected
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        assert_eq!(fields, expected.collect::<Vec<_>>());
        assert_eq!(dialect.fields(&[]), []);
    }

    #[test]
    fn each_dialect_has_its_fields() {
        let draft_10 = [
            (POLICY, r#""login-ip";q=5;w=60, "login-ip-48";q=50;w=60"#),
            (STATE, r#""login-ip";r=3;t=24, "login-ip-48";r=0;t=24"#),
        ];
        check(Dialect::Draft10, &draft_10);
        let draft_03 = [
            (OLD_LIMIT, r#"50, 50;w=60;name="login-ip-48""#),
            (OLD_REMAINING, "0"),
            (OLD_RESET, "24"),
        ];
        check(Dialect::Draft03, &draft_03);
        check(Dialect::None, &[]);
    }

    #[test]
    fn a_dialect_is_known_by_its_fields() {
        let told = state("login-ip", 5, 3);
        for dialect in [Dialect::Draft10, Dialect::Draft03] {
            let fields = dialect.fields(std::slice::from_ref(&told)).into_iter();
            let field = |(name, value): (&'static str, String)| {
                let value = HeaderValue::try_from(value).unwrap();
                (HeaderName::from_static(name), value)
            };
            let read = Dialect::read(&fields.map(field).collect());
            assert_eq!(read, (dialect, Some(told.policy.clone())));
        }
        assert_eq!(Dialect::read(&HeaderMap::new()), (Dialect::None, None));
        assert_eq!(Policy::from_draft_10("100;w=60"), None);
        assert_eq!(Policy::from_draft_03("100"), None);
    }

    #[test]
    fn waiting_is_rounded_up() {
        assert_eq!(retry_after(Duration::ZERO), 1);
        assert_eq!(retry_after(Duration::from_millis(1_001)), 2);
    }
}
