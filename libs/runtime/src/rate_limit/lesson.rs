use std::time::Duration;

use contracts::ratelimit::RateLimitResponse;
use contracts::ratelimit::rate_limit_response::rate_limit::Unit;
use contracts::ratelimit::rate_limit_response::{Code, RateLimit};

use super::headers::Policy;
use super::local::Limit;

/// What an answer teaches of the limit behind it; none if it is a refusal, which may be
/// another limit's. `told` is what its header fields say.
pub(super) fn lesson(response: &RateLimitResponse, told: Option<Policy>) -> Option<Limit> {
    if response.overall_code() != Code::Ok {
        return None;
    }
    let status = response.statuses.first()?;
    let current = status.current_limit.as_ref()?;
    let told = told.filter(|policy| policy.name == current.name);
    let policy = told.or_else(|| policy_of(current))?;
    let mut limit = Limit {
        burst: policy.quota,
        policy,
    };
    let reset_in = status
        .duration_until_reset
        .and_then(|it| it.try_into().ok());
    if let Some(reset_in) = reset_in {
        limit.burst = burst(&limit, status.limit_remaining, reset_in);
    }
    Some(limit)
}

/// What is left and what comes back until then: the burst, up to the quota.
fn burst(limit: &Limit, remaining: u32, reset_in: Duration) -> u32 {
    let interval = u128::from(limit.bucket().interval_us());
    let missing = reset_in.as_micros().div_ceil(interval);
    let burst = u128::from(remaining) + missing;
    u32::try_from(burst).map_or(limit.policy.quota, |burst| burst.min(limit.policy.quota))
}

/// As Envoy's units tell it.
fn policy_of(limit: &RateLimit) -> Option<Policy> {
    const DAY: u64 = 86_400;
    let window_s = match limit.unit() {
        Unit::Second => 1,
        Unit::Minute => 60,
        Unit::Hour => 3_600,
        Unit::Day => DAY,
        Unit::Week => 7 * DAY,
        Unit::Month => 30 * DAY,
        Unit::Year => 365 * DAY,
        Unit::Unknown => return None,
    };
    Some(Policy {
        name: limit.name.clone(),
        quota: limit.requests_per_unit,
        window_s,
    })
}

#[cfg(test)]
mod tests {
    use contracts::ratelimit::rate_limit_response::DescriptorStatus;

    use super::*;

    /// An answer of a rule of 10 in 10 minutes, burst 5, after one request.
    fn response(code: Code) -> RateLimitResponse {
        let limit = RateLimit {
            requests_per_unit: 60,
            unit: Unit::Hour.into(),
            name: "verify-ip".to_owned(),
        };
        let status = DescriptorStatus {
            code: code.into(),
            current_limit: Some(limit),
            limit_remaining: 4,
            duration_until_reset: Duration::from_millis(59_990).try_into().ok(),
        };
        RateLimitResponse {
            overall_code: code.into(),
            statuses: vec![status],
            ..RateLimitResponse::default()
        }
    }

    fn policy(name: &str, quota: u32, window_s: u64) -> Policy {
        Policy {
            name: name.to_owned(),
            quota,
            window_s,
        }
    }

    #[track_caller]
    fn check(told: Option<Policy>, expected: Policy) {
        let limit = lesson(&response(Code::Ok), told).unwrap();
        assert_eq!((limit.policy, limit.burst), (expected, 5));
    }

    #[test]
    fn a_limit_is_learned_with_its_burst_however_it_is_told() {
        let told = policy("verify-ip", 10, 600);
        check(Some(told.clone()), told);
        let in_units = policy("verify-ip", 60, 3600);
        check(None, in_units.clone());
        check(Some(policy("verify-ip-48", 100, 600)), in_units);
    }

    #[test]
    fn nothing_is_learned_from_a_refusal_or_where_there_is_no_limit() {
        assert_eq!(lesson(&response(Code::OverLimit), None), None);
        let mut unlimited = response(Code::Ok);
        unlimited.statuses[0].current_limit = None;
        assert_eq!(lesson(&unlimited, None), None);
    }
}
