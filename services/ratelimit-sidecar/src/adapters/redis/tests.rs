//! The script decides as the bucket in this process and as the textbook do; its keys lie
//! where Redis Cluster wants them.

use datastores::redis::Redis;
use kernel::TokenBucket;
use redis::Script;

/// A client of a private Redis.
pub fn client(server: &testkit::Redis) -> Redis {
    let settings = format!(
        "url = '{}'\nca = ''\npassword = ''\nresponse_timeout_ms = 2000",
        server.url()
    );
    Redis::new(&toml::from_str(&settings).unwrap()).unwrap()
}

/// The bucket of the textbook: a level, and when it was so. Time that goes back fills
/// nothing.
struct Level {
    tokens_us: u64,
    at_us: u64,
}

impl Level {
    fn take(&mut self, bucket: TokenBucket, now_us: u64, cost: u32) -> bool {
        let passed = now_us.saturating_sub(self.at_us);
        self.tokens_us = (self.tokens_us + passed).min(bucket.capacity_us());
        self.at_us = self.at_us.max(now_us);
        let need = bucket.interval_us() * u64::from(cost);
        let allowed = need <= self.tokens_us;
        if allowed {
            self.tokens_us -= need;
        }
        allowed
    }
}

/// Chance that is the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

const HOUR_US: u64 = 3_600_000_000;

/// `take.lua`, told what time it is. Buckets fill over hours, so that none expires before
/// the time that is told has come.
struct Scripted {
    redis: Redis,
    script: Script,
}

impl Scripted {
    fn new(server: &testkit::Redis) -> Self {
        let told = "{ARGV[#ARGV - 1], ARGV[#ARGV]}";
        let script = include_str!("take.lua").replace("redis.call('TIME')", told);
        Self {
            redis: client(server),
            script: Script::new(&script),
        }
    }

    /// In how many microseconds it will be full, and the tokens there.
    async fn take(&self, key: &str, bucket: TokenBucket, now_us: u64, cost: u32) -> (u64, i64) {
        let mut call = self.script.prepare_invoke();
        call.key(key).arg(1).arg(1);
        call.arg(bucket.interval_us()).arg(bucket.capacity_us());
        call.arg(cost).arg(now_us / 1_000_000);
        call.arg(now_us % 1_000_000);
        call.invoke_async(&mut self.redis.shared()).await.unwrap()
    }
}

fn bucket(tokens: u64, hours: u64, burst: u64) -> TokenBucket {
    let period = std::time::Duration::from_micros(hours * HOUR_US);
    TokenBucket::new(
        tokens.try_into().unwrap(),
        period,
        burst.try_into().unwrap(),
    )
}

#[tokio::test]
async fn the_script_decides_as_a_level_that_rises_does() {
    let server = testkit::Redis::start().await;
    let scripted = Scripted::new(&server);
    let mut chance = Chance(1);
    for history in 0..20 {
        let bucket = bucket(
            1 + chance.below(9),
            1 + chance.below(30),
            1 + chance.below(7),
        );
        let mut now_us = 1_700_000_000_000_000;
        let mut level = Level {
            tokens_us: bucket.capacity_us(),
            at_us: now_us,
        };
        for _ in 0..100 {
            now_us += chance.below(2 * bucket.interval_us());
            let cost = chance
                .below(u64::from(bucket.burst()) + 2)
                .try_into()
                .unwrap();
            let allowed = level.take(bucket, now_us, cost);
            let (full_in, retry) = scripted
                .take(&format!("level-{history}"), bucket, now_us, cost)
                .await;
            assert_eq!(retry == 0, allowed);
            assert_eq!(full_in, bucket.capacity_us() - level.tokens_us);
        }
    }
}

/// Also when the clock goes back and the rule changes.
#[tokio::test]
async fn the_script_decides_as_the_bucket_in_this_process_does() {
    let server = testkit::Redis::start().await;
    let scripted = Scripted::new(&server);
    let mut chance = Chance(2);
    let (mut now_us, mut full_at) = (1_700_000_000_000_000, 0);
    for _ in 0..2_000 {
        let bucket = bucket(
            1 + chance.below(3),
            10 + chance.below(3),
            2 + chance.below(5),
        );
        now_us = now_us + chance.below(8 * HOUR_US) - HOUR_US;
        let cost = chance.below(9).try_into().unwrap();
        let taken = bucket.take(full_at, now_us, cost);
        if taken.allowed && cost > 0 {
            full_at = taken.full_at_us;
        }
        let micros = |it: std::time::Duration| i64::try_from(it.as_micros()).unwrap();
        let expected = (taken.full_at_us - now_us, taken.retry_in.map_or(-1, micros));
        assert_eq!(
            scripted.take("process", bucket, now_us, cost).await,
            expected
        );
    }
}
