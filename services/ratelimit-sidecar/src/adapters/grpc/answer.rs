use std::time::Duration;

use contracts::ratelimit::RateLimitResponse;
use contracts::ratelimit::rate_limit_response::rate_limit::Unit;
use contracts::ratelimit::rate_limit_response::{Code, DescriptorStatus, HeaderValue, RateLimit};
use runtime::rate_limit::headers::{self, Policy};
use serde::Deserialize;

use crate::application::{Outcome, Verdict};

/// Which header fields tell a client of its limits, beside `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Dialect {
    /// `RateLimit-Policy` and `RateLimit`, as revision 10 of the IETF draft has them.
    #[serde(rename = "draft-10")]
    Draft10,
    /// `X-RateLimit-Limit`, `-Remaining` and `-Reset`, as its revision 3 had them.
    #[serde(rename = "draft-03")]
    Draft03,
    /// None.
    #[serde(rename = "none")]
    None,
}

/// What a gateway is told: a status for each descriptor, the header fields for the
/// client, and on a refusal the body.
pub fn answer(outcome: &Outcome, public_url: &str, dialect: Dialect) -> RateLimitResponse {
    let code = if outcome.allowed() {
        Code::Ok
    } else {
        Code::OverLimit
    };
    let mut response = RateLimitResponse {
        overall_code: code.into(),
        statuses: outcome
            .verdicts
            .iter()
            .map(|it| status(it.as_ref()))
            .collect(),
        response_headers_to_add: fields(outcome, dialect),
        ..RateLimitResponse::default()
    };
    if code == Code::OverLimit {
        response.raw_body = body(public_url).into_bytes();
    }
    response
}

fn status(verdict: Option<&Verdict>) -> DescriptorStatus {
    let Some(verdict) = verdict else {
        return DescriptorStatus {
            code: Code::Ok.into(),
            ..DescriptorStatus::default()
        };
    };
    let code = if verdict.allowed {
        Code::Ok
    } else {
        Code::OverLimit
    };
    DescriptorStatus {
        code: code.into(),
        current_limit: Some(current_limit(verdict)),
        limit_remaining: verdict.remaining,
        duration_until_reset: verdict.full_in.try_into().ok(),
    }
}

/// The limit in the smallest of Envoy's units in which it is a whole number.
fn current_limit(verdict: &Verdict) -> RateLimit {
    let units = [
        (Unit::Second, Duration::from_secs(1)),
        (Unit::Minute, Duration::from_mins(1)),
        (Unit::Hour, Duration::from_hours(1)),
        (Unit::Day, Duration::from_hours(24)),
    ];
    let whole = units.into_iter().find_map(|(unit, length)| {
        let (tokens, period) = (u128::from(verdict.tokens), verdict.period.as_nanos());
        let all = tokens * length.as_nanos();
        let fits = all >= period && all.is_multiple_of(period);
        fits.then(|| (unit, u32::try_from(all / period).unwrap_or(u32::MAX)))
    });
    let (unit, requests_per_unit) = whole.unwrap_or((Unit::Unknown, verdict.tokens));
    RateLimit {
        requests_per_unit,
        unit: unit.into(),
        name: verdict.rule.clone(),
    }
}

fn fields(outcome: &Outcome, dialect: Dialect) -> Vec<HeaderValue> {
    let verdicts: Vec<_> = outcome.verdicts.iter().flatten().collect();
    let mut fields = match dialect {
        Dialect::Draft10 => draft_10(&verdicts),
        Dialect::Draft03 => draft_03(&verdicts),
        Dialect::None => Vec::new(),
    };
    let refused = verdicts.iter().filter(|it| !it.allowed);
    if let Some(wait) = refused.map(|it| it.retry_in.unwrap_or(it.full_in)).max() {
        fields.push(field("retry-after", headers::retry_after(wait).to_string()));
    }
    fields
}

fn draft_10(verdicts: &[&Verdict]) -> Vec<HeaderValue> {
    if verdicts.is_empty() {
        return Vec::new();
    }
    let policies: Vec<_> = verdicts.iter().map(|it| policy(it).render()).collect();
    let state = |it: &&Verdict| policy(it).state(it.remaining, it.full_in);
    let states: Vec<_> = verdicts.iter().map(state).collect();
    vec![
        field(headers::POLICY, policies.join(", ")),
        field(headers::STATE, states.join(", ")),
    ]
}

/// Of the limit that is nearest to its end.
fn draft_03(verdicts: &[&Verdict]) -> Vec<HeaderValue> {
    let Some(nearest) = verdicts.iter().min_by_key(|it| it.remaining) else {
        return Vec::new();
    };
    let Policy {
        name,
        quota,
        window_s,
    } = policy(nearest);
    let limit = format!("{quota}, {quota};w={window_s};name=\"{name}\"");
    let reset = headers::whole_seconds(nearest.full_in);
    vec![
        field("x-ratelimit-limit", limit),
        field("x-ratelimit-remaining", nearest.remaining.to_string()),
        field("x-ratelimit-reset", reset.to_string()),
    ]
}

fn policy(verdict: &Verdict) -> Policy {
    Policy {
        name: verdict.rule.clone(),
        quota: verdict.tokens,
        window_s: verdict.period.as_secs().max(1),
    }
}

fn field(key: &str, value: String) -> HeaderValue {
    HeaderValue {
        key: key.to_owned(),
        value,
        ..HeaderValue::default()
    }
}

/// A problem (RFC 9457), for gateways that answer by themselves.
fn body(public_url: &str) -> String {
    let code = &problem::codes::RATE_LIMITED;
    serde_json::json!({
        "type": format!("{public_url}/problems/{}", code.name),
        "title": code.title,
        "status": code.status.as_u16(),
        "code": code.name,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(tokens: u32, period_s: u64, allowed: bool) -> Verdict {
        Verdict {
            rule: "login-ip".to_owned(),
            tokens,
            period: Duration::from_secs(period_s),
            allowed,
            remaining: 0,
            retry_in: Some(Duration::from_millis(11_500)),
            full_in: Duration::from_mins(1),
        }
    }

    fn outcome(verdicts: Vec<Option<Verdict>>) -> Outcome {
        Outcome {
            verdicts,
            alone: false,
        }
    }

    #[track_caller]
    fn check_unit(tokens: u32, period_s: u64, expected: (u32, Unit)) {
        let limit = current_limit(&verdict(tokens, period_s, true));
        assert_eq!((limit.requests_per_unit, limit.unit()), expected);
    }

    #[test]
    fn a_limit_is_told_in_whole_units() {
        check_unit(5, 60, (5, Unit::Minute));
        check_unit(120, 60, (2, Unit::Second));
        check_unit(10, 600, (1, Unit::Minute));
        check_unit(3, 600, (18, Unit::Hour));
        check_unit(3, 3600, (3, Unit::Hour));
        check_unit(1, 86_400 * 7, (1, Unit::Unknown));
    }

    #[test]
    fn a_refusal_carries_everything_a_client_needs() {
        let answer = answer(
            &outcome(vec![None, Some(verdict(5, 60, false))]),
            "http://x",
            Dialect::Draft10,
        );
        assert_eq!(answer.overall_code(), Code::OverLimit);
        assert_eq!(answer.statuses.len(), 2);
        let body: serde_json::Value = serde_json::from_slice(&answer.raw_body).unwrap();
        assert_eq!(body["type"], "http://x/problems/rate-limited");
    }

    #[test]
    fn what_no_rule_is_about_adds_nothing() {
        let answer = answer(&outcome(vec![None]), "http://x", Dialect::Draft10);
        assert_eq!(answer.overall_code(), Code::Ok);
        assert!(answer.response_headers_to_add.is_empty() && answer.raw_body.is_empty());
    }

    #[track_caller]
    fn check_fields(dialect: Dialect, expected: &[&str]) {
        let fields = fields(&outcome(vec![Some(verdict(5, 60, false))]), dialect);
        let told: Vec<_> = fields
            .iter()
            .map(|it| format!("{}: {}", it.key, it.value))
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn clients_are_told_in_the_dialect_that_is_set() {
        let draft_10 = [
            r#"ratelimit-policy: "login-ip";q=5;w=60"#,
            r#"ratelimit: "login-ip";r=0;t=60"#,
            "retry-after: 12",
        ];
        check_fields(Dialect::Draft10, &draft_10);
        let draft_03 = [
            r#"x-ratelimit-limit: 5, 5;w=60;name="login-ip""#,
            "x-ratelimit-remaining: 0",
            "x-ratelimit-reset: 60",
            "retry-after: 12",
        ];
        check_fields(Dialect::Draft03, &draft_03);
        check_fields(Dialect::None, &["retry-after: 12"]);
    }
}
