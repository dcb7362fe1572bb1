use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use datastores::redis::Redis;
use runtime::Tasks;

use super::batches::{Batches, away};
use super::breaker::Breaker;
use super::draw::Draw;
use super::store::Store;
use crate::application::ports::{Buckets, Level, StoreAway};
use crate::domain::{Debit, Limit};

/// Buckets in Redis: one atomic script a batch of requests.
pub struct RedisBuckets {
    batches: Batches,
    store: Arc<Store>,
    deadline: Duration,
    breaker: Breaker,
}

impl RedisBuckets {
    /// `deadline` is how long a check may wait.
    pub fn new(redis: Redis, deadline: Duration, tasks: &Tasks) -> Self {
        let store = Arc::new(Store::new(redis));
        Self {
            batches: Batches::new(store.clone(), deadline, tasks),
            store,
            deadline,
            breaker: Breaker::default(),
        }
    }

    /// Waits within the deadline. Nobody asks again after a time-out: it may have run.
    async fn in_time<T>(
        &self,
        call: impl Future<Output = Result<T, StoreAway>>,
    ) -> Result<T, StoreAway> {
        if !self.breaker.lets_through(Instant::now()) {
            return Err(StoreAway::NotAsked);
        }
        let answer = tokio::time::timeout(self.deadline, call).await;
        let answer = answer.unwrap_or(Err(StoreAway::Silent));
        match &answer {
            Ok(_) => self.breaker.answered(),
            Err(_) => self.breaker.failed(Instant::now()),
        }
        answer
    }
}

#[async_trait]
impl Buckets for RedisBuckets {
    async fn take(&self, limits: &[Limit]) -> Result<Vec<Level>, StoreAway> {
        let request = limits.iter().map(Draw::from).collect();
        self.in_time(self.batches.take(request)).await
    }

    async fn debit(&self, debits: &[Debit]) -> Result<(), StoreAway> {
        let draws: Vec<_> = debits.iter().map(Draw::from).collect();
        let debit = async { self.store.debit(&draws).await.map_err(|it| away(&it)) };
        self.in_time(debit).await
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;

    use super::*;
    use crate::adapters::redis::tests::client;
    use crate::application::ports::contract::{self, limit, passes};
    use crate::domain::BucketKey;

    fn buckets(server: &testkit::Redis) -> RedisBuckets {
        let deadline = Duration::from_secs(2);
        RedisBuckets::new(client(server), deadline, &Tasks::default())
    }

    /// As many at once as there are tokens: not one more passes.
    async fn nothing_passes_beyond_the_limit(buckets: &RedisBuckets) {
        let limit = [limit("crowded", 20)];
        let tries = (0..100).map(|_| passes(buckets, &limit));
        let passed = join_all(tries).await;
        assert_eq!(passed.into_iter().filter(|passed| *passed).count(), 20);
    }

    /// Some have one bucket, some have two of different principals, one is always refused.
    async fn many_at_once_are_answered_each_for_itself(buckets: &RedisBuckets) {
        let empty = limit("many-empty", 1);
        assert!(passes(buckets, std::slice::from_ref(&empty)).await);
        let shared = limit("many-shared", 1000);
        let asked = (0..90).map(|number| match number % 3 {
            0 => vec![limit(&format!("many-{number}"), 1)],
            1 => vec![shared.clone(), limit(&format!("many-{number}"), 1)],
            _ => vec![shared.clone(), empty.clone()],
        });
        let asked: Vec<_> = asked.collect();
        let passed = asked.iter().map(|limits| passes(buckets, limits));
        let passed = join_all(passed).await;
        for (number, passed) in passed.into_iter().enumerate() {
            assert_eq!(passed, number % 3 != 2, "{number}");
        }
        let level = buckets.take(std::slice::from_ref(&shared)).await.unwrap()[0];
        let left = shared.bucket.remaining(level.full_in_us, 0);
        assert_eq!(left, 1000 - 30 - 1, "refused ones cost nothing");
    }

    async fn keeps_the_contract(server: &testkit::Redis) {
        let buckets = buckets(server);
        contract::a_bucket_is_emptied_and_says_when_it_refills(&buckets).await;
        contract::all_or_none_are_taken(&buckets).await;
        contract::a_bucket_that_is_named_twice_pays_twice(&buckets).await;
        contract::looking_costs_nothing(&buckets).await;
        contract::more_than_a_bucket_holds_is_never_there(&buckets).await;
        contract::what_was_spent_is_taken(&buckets).await;
        nothing_passes_beyond_the_limit(&buckets).await;
        many_at_once_are_answered_each_for_itself(&buckets).await;
    }

    #[tokio::test]
    async fn redis_keeps_the_contract() {
        keeps_the_contract(&testkit::Redis::start().await).await;
    }

    #[tokio::test]
    async fn a_cluster_keeps_the_contract() {
        let server = testkit::Redis::start_cluster().await;
        keeps_the_contract(&server).await;
        let debts = ["a", "b", "c"].map(|name| Debit {
            key: BucketKey::of("test", "rule", &[name]),
            bucket: limit(name, 1).bucket,
            tokens: 1,
        });
        buckets(&server).debit(&debts).await.unwrap();
    }

    #[tokio::test]
    async fn the_two_buckets_of_a_client_are_asked_for_in_one_slot() {
        let server = testkit::Redis::start_cluster().await;
        let network = |rule, network| Limit {
            key: BucketKey::of("storyloom", rule, &[network]),
            ..limit(rule, 5)
        };
        let two = [
            network("login", "2001:db8:1:2::/64"),
            network("login-48", "2001:db8:1::/48"),
        ];
        buckets(&server).take(&two).await.unwrap();
        let calls = server.cli(&["INFO", "commandstats"]).await;
        assert!(calls.contains("cmdstat_set:calls=2"), "{calls}");
        assert!(!calls.contains("rejected_calls=1"), "{calls}");
    }

    #[tokio::test]
    async fn a_bucket_stands_in_redis_until_it_is_full_and_only_if_it_paid() {
        let server = testkit::Redis::start().await;
        let buckets = buckets(&server);
        let mut two = [limit("pays", 3), limit("too-dear", 3)];
        two[1].cost = 4;
        assert!(!passes(&buckets, &two).await);
        assert_eq!(server.cli(&["DBSIZE"]).await, ":0\r\n");
        assert!(passes(&buckets, &two[..1]).await);
        let key = format!("storyloom:rl:{}", two[0].key);
        let left = server.cli(&["PTTL", &key]).await;
        let left: u64 = left.trim().trim_start_matches(':').parse().unwrap();
        assert!((1_190_000..=1_200_000).contains(&left), "{left} ms");
    }

    #[tokio::test]
    async fn those_that_ask_together_share_calls() {
        let server = testkit::Redis::start().await;
        let buckets = buckets(&server);
        buckets.take(&[limit("first", 1)]).await.unwrap();
        let limits: Vec<_> = (0..500)
            .map(|number| [limit(&number.to_string(), 1)])
            .collect();
        let asked = limits.iter().map(|limit| buckets.take(limit));
        for levels in join_all(asked).await {
            assert!(levels.unwrap()[0].allowed);
        }
        let stats = server.cli(&["INFO", "commandstats"]).await;
        let calls = stats.split("cmdstat_evalsha:calls=").nth(1).unwrap();
        let calls: u32 = calls.split(',').next().unwrap().parse().unwrap();
        assert!(calls < 20, "{calls} calls for 500 buckets");
    }

    #[tokio::test]
    async fn a_store_that_is_gone_is_away() {
        let mut server = testkit::Redis::start().await;
        let buckets = buckets(&server);
        let limit = [limit("gone", 1)];
        buckets.take(&limit).await.unwrap();
        server.kill().await;
        assert!(buckets.take(&limit).await.is_err());
    }

    #[tokio::test]
    async fn all_who_wait_for_a_store_that_hangs_are_let_go() {
        let server = testkit::Redis::start().await;
        let deadline = Duration::from_millis(200);
        let buckets = RedisBuckets::new(client(&server), deadline, &Tasks::default());
        let limit = [limit("hung", 1000)];
        buckets.take(&limit).await.unwrap();
        server.pause();
        let start = Instant::now();
        let asked = join_all((0..200).map(|_| buckets.take(&limit))).await;
        assert!(asked.iter().all(Result::is_err));
        assert!(start.elapsed() < 5 * deadline, "{:?}", start.elapsed());
        server.resume();
        let answers = async || buckets.take(&limit).await.is_ok();
        testkit::eventually_true("it answers again", Duration::from_secs(10), answers).await;
    }

    #[tokio::test]
    async fn scripts_are_loaded_again_after_a_flush() {
        let server = testkit::Redis::start().await;
        let buckets = buckets(&server);
        let limit = [limit("flushed", 2)];
        buckets.take(&limit).await.unwrap();
        server.cli(&["SCRIPT", "FLUSH"]).await;
        assert!(buckets.take(&limit).await.unwrap()[0].allowed);
    }
}
