use std::sync::Arc;
use std::time::Duration;

use contracts::ratelimit::rate_limit_service_server::RateLimitService;
use contracts::ratelimit::{RateLimitDescriptor, RateLimitRequest, RateLimitResponse};
use runtime::rate_limit::headers::Dialect;
use tonic::{Request, Response, Status};

use super::answer::answer;
use crate::application::CheckLimits;
use crate::domain::Descriptor;

/// Answers `ShouldRateLimit`.
pub struct RateLimitServer {
    check_limits: Arc<CheckLimits>,
    public_url: Arc<str>,
    dialect: Dialect,
}

/// More descriptors than this in one request are refused.
const MOST_DESCRIPTORS: usize = 64;

impl RateLimitServer {
    /// `public_url` serves the pages about problem codes.
    pub fn new(check_limits: Arc<CheckLimits>, public_url: Arc<str>, dialect: Dialect) -> Self {
        Self {
            check_limits,
            public_url,
            dialect,
        }
    }
}

#[tonic::async_trait]
impl RateLimitService for RateLimitServer {
    async fn should_rate_limit(
        &self,
        request: Request<RateLimitRequest>,
    ) -> Result<Response<RateLimitResponse>, Status> {
        let request = request.into_inner();
        if request.domain.is_empty() {
            return Err(Status::invalid_argument("domain must not be empty"));
        }
        if request.descriptors.len() > MOST_DESCRIPTORS {
            return Err(Status::invalid_argument("too many descriptors"));
        }
        let cost = request.hits_addend.max(1);
        let descriptors: Vec<_> = request
            .descriptors
            .into_iter()
            .map(|descriptor| parse(descriptor, cost))
            .collect::<Result<_, _>>()?;
        let outcome = self.check_limits.run(&request.domain, &descriptors).await;
        Ok(Response::new(answer(
            &outcome,
            &self.public_url,
            self.dialect,
        )))
    }
}

fn parse(descriptor: RateLimitDescriptor, cost: u32) -> Result<Descriptor, Status> {
    if descriptor.entries.is_empty() {
        return Err(Status::invalid_argument("a descriptor has no entries"));
    }
    let own_cost = descriptor.hits_addend;
    let own_cost = own_cost.map(|hits| u32::try_from(hits).unwrap_or(u32::MAX));
    let limit = descriptor.limit.map(|limit| {
        let period = period_of(limit.unit);
        period.map(|period| (limit.requests_per_unit, period))
    });
    let entry =
        |entry: contracts::ratelimit::rate_limit_descriptor::Entry| (entry.key, entry.value);
    Ok(Descriptor {
        entries: descriptor.entries.into_iter().map(entry).collect(),
        limit: limit.transpose()?,
        cost: own_cost.unwrap_or(cost),
    })
}

/// The units of a limit in a request, which are not numbered as those of an answer.
fn period_of(unit: i32) -> Result<Duration, Status> {
    match unit {
        1 => Ok(Duration::from_secs(1)),
        2 => Ok(Duration::from_mins(1)),
        3 => Ok(Duration::from_hours(1)),
        4 => Ok(Duration::from_hours(24)),
        5 => Ok(Duration::from_hours(24 * 30)),
        6 => Ok(Duration::from_hours(24 * 365)),
        _ => Err(Status::invalid_argument("a limit has an unknown unit")),
    }
}

#[cfg(test)]
mod tests {
    use contracts::ratelimit::rate_limit_descriptor::{Entry, RateLimitOverride};

    use super::*;

    fn descriptor() -> RateLimitDescriptor {
        RateLimitDescriptor {
            entries: vec![Entry::default()],
            ..RateLimitDescriptor::default()
        }
    }

    #[test]
    fn the_cost_of_a_descriptor_wins_over_that_of_the_request() {
        let cost = |own| {
            let own = RateLimitDescriptor {
                hits_addend: own,
                ..descriptor()
            };
            parse(own, 2).unwrap().cost
        };
        assert_eq!(cost(None), 2);
        assert_eq!(cost(Some(3)), 3);
        assert_eq!(cost(Some(0)), 0);
        assert_eq!(cost(Some(u64::MAX)), u32::MAX);
    }

    #[test]
    fn a_limit_of_a_request_has_one_of_six_units() {
        let limit = |unit| {
            let limit = Some(RateLimitOverride {
                requests_per_unit: 7,
                unit,
            });
            let own = RateLimitDescriptor {
                limit,
                ..descriptor()
            };
            parse(own, 1).map(|it| it.limit)
        };
        assert_eq!(limit(2).unwrap(), Some((7, Duration::from_mins(1))));
        assert!(limit(0).is_err(), "unknown");
        assert!(limit(7).is_err(), "there is no week here");
    }
}
