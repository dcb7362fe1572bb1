use std::time::{Duration, Instant};

use async_trait::async_trait;
use datastores::redis::Redis;
use redis::{RedisError, Script, ScriptInvocation};

use super::breaker::Breaker;
use crate::application::ports::{Buckets, Level, StoreAway};
use crate::domain::{BucketKey, Debit, Limit};

/// Buckets in Redis: one atomic script a request.
pub struct RedisBuckets {
    redis: Redis,
    deadline: Duration,
    take: Script,
    debit: Script,
    breaker: Breaker,
}

impl RedisBuckets {
    /// `deadline` is how long a check may wait.
    pub fn new(redis: Redis, deadline: Duration) -> Self {
        Self {
            redis,
            deadline,
            take: Script::new(include_str!("take.lua")),
            debit: Script::new(include_str!("debit.lua")),
            breaker: Breaker::default(),
        }
    }

    /// Whether checks are decided here because Redis does not answer.
    pub fn is_away(&self) -> bool {
        self.breaker.is_open()
    }

    /// Runs a script within the deadline. Never again after a time-out: it may have run.
    async fn call<T: redis::FromRedisValue>(
        &self,
        invocation: &ScriptInvocation<'_>,
    ) -> Result<T, StoreAway> {
        if !self.breaker.lets_through(Instant::now()) {
            return Err(StoreAway);
        }
        let mut connection = self.redis.shared();
        let call = invocation.invoke_async::<T>(&mut connection);
        let answer: Result<Result<T, RedisError>, _> =
            tokio::time::timeout(self.deadline, call).await;
        match answer {
            Ok(Ok(answer)) => {
                self.breaker.answered();
                Ok(answer)
            }
            Ok(Err(error)) => {
                tracing::debug!(error.message = %error, "redis refused a check");
                self.breaker.failed(Instant::now());
                Err(StoreAway)
            }
            Err(_) => {
                self.breaker.failed(Instant::now());
                Err(StoreAway)
            }
        }
    }
}

fn redis_key(key: BucketKey) -> String {
    format!("storyloom:rl:{key}")
}

#[async_trait]
impl Buckets for RedisBuckets {
    async fn take(&self, limits: &[Limit]) -> Result<Vec<Level>, StoreAway> {
        let mut invocation = self.take.prepare_invoke();
        for limit in limits {
            invocation
                .key(redis_key(limit.key))
                .arg(limit.bucket.interval_us())
                .arg(limit.bucket.capacity_us())
                .arg(limit.cost);
        }
        let reply: Vec<(i64, u64, i64)> = self.call(&invocation).await?;
        let level = |(allowed, full_in_us, retry): (i64, u64, i64)| Level {
            allowed: allowed == 1,
            full_in_us,
            retry_in_us: u64::try_from(retry).ok(),
        };
        Ok(reply.into_iter().map(level).collect())
    }

    async fn debit(&self, debits: &[Debit]) -> Result<(), StoreAway> {
        let mut invocation = self.debit.prepare_invoke();
        for debit in debits {
            invocation
                .key(redis_key(debit.key))
                .arg(debit.bucket.interval_us())
                .arg(debit.bucket.capacity_us())
                .arg(debit.tokens);
        }
        self.call(&invocation).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::ports::contract;

    fn buckets(server: &testkit::Redis) -> RedisBuckets {
        let settings = format!(
            "url = '{}'\npassword = ''\nresponse_timeout_ms = 2000",
            server.url()
        );
        let redis = Redis::new(&toml::from_str(&settings).unwrap()).unwrap();
        RedisBuckets::new(redis, Duration::from_secs(2))
    }

    #[tokio::test]
    async fn redis_keeps_the_contract() {
        let server = testkit::Redis::start().await;
        let buckets = buckets(&server);
        contract::a_bucket_is_emptied_and_says_when_it_refills(&buckets).await;
        contract::all_or_none_are_taken(&buckets).await;
        contract::more_than_a_bucket_holds_is_never_there(&buckets).await;
        contract::what_was_spent_is_taken(&buckets).await;
        contract::nothing_passes_beyond_the_limit(&buckets).await;
    }

    #[tokio::test]
    async fn a_store_that_is_gone_is_away() {
        let mut server = testkit::Redis::start().await;
        let buckets = buckets(&server);
        let limit = [contract::limit("gone", 1)];
        buckets.take(&limit).await.unwrap();
        server.kill().await;
        assert_eq!(buckets.take(&limit).await, Err(StoreAway));
    }

    #[tokio::test]
    async fn scripts_are_loaded_again_after_a_flush() {
        let server = testkit::Redis::start().await;
        let buckets = buckets(&server);
        let limit = [contract::limit("flushed", 2)];
        buckets.take(&limit).await.unwrap();
        server.cli(&["SCRIPT", "FLUSH"]).await;
        assert!(buckets.take(&limit).await.unwrap()[0].allowed);
    }
}
