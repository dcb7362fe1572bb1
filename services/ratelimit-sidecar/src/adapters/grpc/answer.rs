use std::time::Duration;

use contracts::ratelimit::RateLimitResponse;
use contracts::ratelimit::rate_limit_response::rate_limit::Unit;
use contracts::ratelimit::rate_limit_response::{Code, DescriptorStatus, HeaderValue, RateLimit};
use runtime::rate_limit::headers::{Dialect, Policy, State, retry_after};

use crate::application::{Outcome, Verdict};

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
        statuses: outcome.verdicts.iter().map(|it| status(it)).collect(),
        response_headers_to_add: fields(outcome, dialect),
        ..RateLimitResponse::default()
    };
    if code == Code::OverLimit {
        let fields = &mut response.response_headers_to_add;
        fields.push(field("content-type", "application/problem+json".to_owned()));
        response.raw_body = body(public_url).into_bytes();
    }
    response
}

/// Of what refuses for longest, else of the rule itself.
fn status(verdicts: &[Verdict]) -> DescriptorStatus {
    let refused = verdicts.iter().filter(|it| !it.allowed);
    let longest = refused.max_by_key(|it| it.wait());
    let Some(verdict) = longest.or(verdicts.first()) else {
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
        duration_until_reset: verdict.reset_in.try_into().ok(),
    }
}

const DAY: Duration = Duration::from_hours(24);

/// The limit in the smallest of Envoy's units that is not shorter than its period and in
/// which it is a whole number.
fn current_limit(verdict: &Verdict) -> RateLimit {
    let units = [
        (Unit::Second, Duration::from_secs(1)),
        (Unit::Minute, Duration::from_mins(1)),
        (Unit::Hour, Duration::from_hours(1)),
        (Unit::Day, DAY),
        (Unit::Week, 7 * DAY),
        (Unit::Month, 30 * DAY),
        (Unit::Year, 365 * DAY),
    ];
    let (tokens, period) = (u128::from(verdict.tokens), verdict.period.as_nanos());
    let whole = units.into_iter().find_map(|(unit, length)| {
        let all = tokens * length.as_nanos();
        let fits = length >= verdict.period && all.is_multiple_of(period);
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
    let verdicts = outcome.verdicts.iter().flatten();
    let states: Vec<_> = verdicts.clone().map(state).collect();
    let told = dialect.fields(&states).into_iter();
    let mut fields: Vec<_> = told.map(|(name, value)| field(name, value)).collect();
    let refused = verdicts.filter(|it| !it.allowed);
    if let Some(wait) = refused.map(Verdict::wait).max() {
        fields.push(field("retry-after", retry_after(wait).to_string()));
    }
    fields
}

fn state(verdict: &Verdict) -> State {
    State {
        policy: Policy {
            name: verdict.rule.clone(),
            quota: verdict.tokens,
            window_s: verdict.period.as_secs().max(1),
        },
        remaining: verdict.remaining,
        reset_in: verdict.reset_in,
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
            reset_in: Duration::from_mins(1),
        }
    }

    fn outcome(verdicts: Vec<Vec<Verdict>>) -> Outcome {
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
        check_unit(120, 60, (120, Unit::Minute));
        check_unit(10, 600, (60, Unit::Hour));
        check_unit(3, 3600, (3, Unit::Hour));
        check_unit(1, 7, (86_400, Unit::Week));
        check_unit(1, 86_400 * 7, (1, Unit::Week));
        check_unit(1, 86_400 * 30, (1, Unit::Month));
        check_unit(1, 86_400 * 365, (1, Unit::Year));
        check_unit(1, 86_400 * 366, (1, Unit::Unknown));
    }

    #[test]
    fn a_refusal_carries_everything_a_client_needs() {
        let answer = answer(
            &outcome(vec![vec![], vec![verdict(5, 60, false)]]),
            "http://x",
            Dialect::Draft10,
        );
        assert_eq!(answer.overall_code(), Code::OverLimit);
        assert_eq!(answer.statuses.len(), 2);
        let body: serde_json::Value = serde_json::from_slice(&answer.raw_body).unwrap();
        assert_eq!(body["type"], "http://x/problems/rate-limited");
        let expected = [
            r#"ratelimit-policy: "login-ip";q=5;w=60"#,
            r#"ratelimit: "login-ip";r=0;t=60"#,
            "retry-after: 12",
            "content-type: application/problem+json",
        ];
        let fields = answer.response_headers_to_add.iter();
        let told: Vec<_> = fields
            .map(|it| format!("{}: {}", it.key, it.value))
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn what_no_rule_is_about_adds_nothing() {
        let answer = answer(&outcome(vec![vec![]]), "http://x", Dialect::Draft10);
        assert_eq!(answer.overall_code(), Code::Ok);
        assert!(answer.response_headers_to_add.is_empty() && answer.raw_body.is_empty());
    }

    #[test]
    fn a_status_is_of_the_rule_or_of_what_refuses() {
        let wide = |allowed| Verdict {
            rule: "login-ip-48".to_owned(),
            ..verdict(50, 60, allowed)
        };
        let name = |verdicts: [Verdict; 2]| status(&verdicts).current_limit.unwrap().name;
        assert_eq!(name([verdict(5, 60, true), wide(true)]), "login-ip");
        assert_eq!(name([verdict(5, 60, true), wide(false)]), "login-ip-48");
    }
}
