use std::time::Duration;

use async_trait::async_trait;
use datastores::redis::Redis;
use redis::{RedisError, Script};

use crate::application::ports::{Attempt, Codes, Try, Unavailable};
use crate::domain::{CodeHash, Registration, RegistrationId};

/// Hashes and tries in Redis: `otp:{purpose}:{flow}` and `otp:{purpose}:{flow}:tries`.
pub struct RedisCodes {
    redis: Redis,
    attempt: Script,
}

/// The names of what is kept of one flow.
struct Keys {
    hash: String,
    tries: String,
}

impl RedisCodes {
    pub fn new(redis: Redis) -> Self {
        Self {
            redis,
            attempt: Script::new(include_str!("attempt.lua")),
        }
    }
}

impl Keys {
    fn of(flow: RegistrationId) -> Self {
        let hash = format!("otp:{}:{}", Registration::PURPOSE, flow.0);
        Self {
            tries: format!("{hash}:tries"),
            hash,
        }
    }
}

#[async_trait]
impl Codes for RedisCodes {
    async fn keep(
        &self,
        flow: RegistrationId,
        hash: CodeHash,
        life: Duration,
    ) -> Result<(), Unavailable> {
        let mut connection = self.redis.shared();
        redis::cmd("SET")
            .arg(Keys::of(flow).hash)
            .arg(&hash.0)
            .arg("NX")
            .arg("PX")
            .arg(millis(life))
            .query_async::<()>(&mut connection)
            .await?;
        Ok(())
    }

    async fn replace(
        &self,
        flow: RegistrationId,
        hash: CodeHash,
        life: Duration,
    ) -> Result<(), Unavailable> {
        let keys = Keys::of(flow);
        redis::pipe()
            .atomic()
            .cmd("SET")
            .arg(keys.hash)
            .arg(&hash.0)
            .arg("PX")
            .arg(millis(life))
            .cmd("PEXPIRE")
            .arg(keys.tries)
            .arg(millis(life))
            .exec_async(&mut self.redis.shared())
            .await?;
        Ok(())
    }

    async fn attempt(&self, attempt: &Attempt) -> Result<Try, Unavailable> {
        let keys = Keys::of(attempt.flow);
        let (outcome, left): (u8, u32) = self
            .attempt
            .key(keys.hash)
            .key(keys.tries)
            .arg(&attempt.expected.0)
            .arg(&attempt.presented.0)
            .arg(millis(attempt.life))
            .arg(attempt.most)
            .invoke_async(&mut self.redis.shared())
            .await?;
        Ok(match outcome {
            0 => Try::Wrong(left),
            1 => Try::Right(left),
            _ => Try::Exhausted,
        })
    }

    async fn forget(&self, flow: RegistrationId) -> Result<(), Unavailable> {
        let keys = Keys::of(flow);
        redis::cmd("DEL")
            .arg(keys.hash)
            .arg(keys.tries)
            .query_async::<()>(&mut self.redis.shared())
            .await?;
        Ok(())
    }
}

/// At least one, since Redis takes no less.
fn millis(life: Duration) -> u64 {
    u64::try_from(life.as_millis()).unwrap_or(u64::MAX).max(1)
}

impl From<RedisError> for Unavailable {
    fn from(cause: RedisError) -> Self {
        Self(cause.into())
    }
}

#[cfg(test)]
mod tests {
    use datastores::redis::RedisSettings;
    use serde_json::json;

    use super::*;
    use crate::application::ports::contract;

    fn codes(url: &str) -> RedisCodes {
        trusting(url, "")
    }

    fn trusting(url: &str, ca: &str) -> RedisCodes {
        let settings = json!({"url": url, "ca": ca, "password": "", "response_timeout_ms": 500});
        let settings: RedisSettings = serde_json::from_value(settings).unwrap();
        RedisCodes::new(Redis::new(&settings).unwrap())
    }

    #[tokio::test]
    async fn keeps_the_contract() {
        let redis = testkit::Redis::start().await;
        contract::codes(&codes(&redis.url())).await;
    }

    #[tokio::test]
    async fn keeps_the_contract_over_tls() {
        let redis = testkit::Redis::start().await;
        let authority = testkit::Authority::new();
        let url = redis.encrypt(&authority).await;
        contract::codes(&trusting(&url, &authority.pem())).await;
    }

    #[tokio::test]
    async fn both_keys_end_with_the_flow() {
        let redis = testkit::Redis::start().await;
        let attempt = Attempt {
            flow: RegistrationId(uuid::Uuid::nil()),
            expected: CodeHash([1; 32]),
            presented: CodeHash([2; 32]),
            life: Duration::from_mins(1),
            most: 5,
        };
        codes(&redis.url()).attempt(&attempt).await.unwrap();
        for end in ["", ":tries"] {
            let key = format!("otp:register:{}{end}", attempt.flow.0);
            let life = redis.cli(&["PTTL", &key]).await;
            let digits: String = life.chars().filter(char::is_ascii_digit).collect();
            let life: u64 = digits.parse().unwrap();
            assert!((50_000..=60_000).contains(&life), "{key}: {life}");
        }
    }

    #[tokio::test]
    async fn what_it_does_while_redis_is_away() {
        let url = format!("redis://127.0.0.1:{}", testkit::free_port());
        let flow = RegistrationId(uuid::Uuid::nil());
        assert!(codes(&url).forget(flow).await.is_err());
    }
}
