//! The fields of `draft-ietf-httpapi-ratelimit-headers-10`:
//! `RateLimit-Policy: "login-ip";q=5;w=60` and `RateLimit: "login-ip";r=3;t=24`.

use std::time::Duration;

/// What a limit is.
pub const POLICY: &str = "ratelimit-policy";
/// What is left of it.
pub const STATE: &str = "ratelimit";

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

impl Policy {
    /// As an item of the `RateLimit-Policy` field.
    pub fn render(&self) -> String {
        format!("\"{}\";q={};w={}", self.name, self.quota, self.window_s)
    }

    /// The first item of a `RateLimit-Policy` field; none if it is not one of ours.
    pub fn parse(field: &str) -> Option<Self> {
        let item = field.split(',').next()?;
        let mut parts = item.trim().split(';');
        let name = parts.next()?.trim_matches('"').to_owned();
        let quota = parts.next()?.strip_prefix("q=")?.parse().ok()?;
        let window_s = parts.next()?.strip_prefix("w=")?.parse().ok()?;
        Some(Self {
            name,
            quota,
            window_s,
        })
    }

    /// What is left of it, as an item of the `RateLimit` field.
    pub fn state(&self, remaining: u32, full_in: Duration) -> String {
        format!(
            "\"{}\";r={remaining};t={}",
            self.name,
            whole_seconds(full_in)
        )
    }
}

/// `Retry-After`: whole seconds, rounded up, at least one.
pub fn retry_after(retry_in: Duration) -> u32 {
    u32::try_from(whole_seconds(retry_in))
        .unwrap_or(u32::MAX)
        .max(1)
}

/// Whole seconds, rounded up.
pub fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_as_the_draft_has_them() {
        let policy = Policy {
            name: "login-ip".to_owned(),
            quota: 5,
            window_s: 60,
        };
        assert_eq!(policy.render(), r#""login-ip";q=5;w=60"#);
        let state = policy.state(3, Duration::from_millis(23_001));
        assert_eq!(state, r#""login-ip";r=3;t=24"#);
        assert_eq!(Policy::parse(&policy.render()), Some(policy));
        assert_eq!(Policy::parse("100;w=60"), None);
    }

    #[test]
    fn waiting_is_rounded_up() {
        assert_eq!(retry_after(Duration::ZERO), 1);
        assert_eq!(retry_after(Duration::from_millis(1_001)), 2);
    }
}
