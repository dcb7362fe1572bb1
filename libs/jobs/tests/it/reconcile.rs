//! Redis is not what it was, and the relay notices. What it counts tells by which sign.

use prometheus::Registry;
use prometheus::proto::MetricFamily;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testkit::eventually_true;
use uuid::Uuid;

use crate::bench::{Bench, SOON, stream, tenth, with};
use crate::handlers::Prompt;

/// Three jobs are published. Nothing is checked one by one so soon: the tests below see what
/// is told by the sign alone.
async fn published(options: PgConnectOptions, redis: testkit::Redis) -> (Bench, Registry) {
    let settings = with(tenth(), "reaper_ms", 300);
    let bench = Bench::on(redis, options, settings).await;
    let registry = Registry::new();
    bench.queue.register(&registry).unwrap();
    let relay = bench.relay();
    // A first pass is over.
    eventually_true("a mark", SOON, async || {
        bench.cli(&["EXISTS", &epoch()]).await == ":1\r\n"
    })
    .await;
    for _ in 0..3 {
        let job = bench.enqueue(Uuid::new_v4()).await;
        bench.reaches(job, "queued").await;
    }
    relay.stop().await;
    (bench, registry)
}

fn epoch() -> String {
    format!("{}:epoch", stream())
}

/// How many jobs were brought back because of `found`.
fn repaired(registry: &Registry, found: &str) -> f64 {
    let families = registry.gather();
    let family = families
        .iter()
        .find(|family| family.name() == "storyloom_jobs_repaired_total");
    let counters = family.map(MetricFamily::get_metric).unwrap_or_default();
    let of_it = counters.iter().filter(|counter| {
        let mut labels = counter.get_label().iter();
        labels.any(|label| label.value() == found)
    });
    of_it.map(|counter| counter.get_counter().get_value()).sum()
}

async fn all_done(bench: &Bench, registry: &Registry, found: &str) {
    eventually_true(found, SOON, async || repaired(registry, found) >= 3.0).await;
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    eventually_true("three jobs done", SOON, async || {
        let done = "select count(*) from jobs where state = 'done' and attempt = 1";
        bench.number(done).await == 3
    })
    .await;
    assert_eq!(bench.number("select count(*) from effects").await, 3);
    bench.settles().await;
}

#[sqlx::test(migrations = false)]
async fn a_redis_that_was_restarted_empty(_: PgPoolOptions, options: PgConnectOptions) {
    let (mut bench, registry) = published(options, testkit::Redis::start().await).await;
    let _relay = bench.relay();
    bench.redis.kill().await;
    bench.redis.restart().await;
    all_done(&bench, &registry, "stream_lost").await;
}

/// It may be one that lags behind and was promoted.
#[sqlx::test(migrations = false)]
async fn a_redis_that_is_another_one(_: PgPoolOptions, options: PgConnectOptions) {
    let redis = testkit::Redis::start_persistent().await;
    let (mut bench, registry) = published(options, redis).await;
    let _relay = bench.relay();
    // The relay has seen the old one: it repairs what it finds there.
    bench.cli(&["DEL", &epoch()]).await;
    all_queued_again(&bench, &registry).await;
    bench.redis.kill().await;
    bench.redis.restart().await;
    all_done(&bench, &registry, "redis_changed").await;
}

async fn all_queued_again(bench: &Bench, registry: &Registry) {
    eventually_true("the loss of the mark", SOON, async || {
        let queued = "select count(*) from jobs where state = 'queued'";
        repaired(registry, "epoch_lost") >= 3.0 && bench.number(queued).await == 3
    })
    .await;
}

#[sqlx::test(migrations = false)]
async fn a_mark_that_is_lost(_: PgPoolOptions, options: PgConnectOptions) {
    let (bench, registry) = published(options, testkit::Redis::start().await).await;
    bench.cli(&["DEL", &epoch()]).await;
    let _relay = bench.relay();
    all_done(&bench, &registry, "epoch_lost").await;
}

/// As a replica that lagged behind holds it; the relay has seen no other Redis.
#[sqlx::test(migrations = false)]
async fn a_stream_that_is_older(_: PgPoolOptions, options: PgConnectOptions) {
    let (bench, registry) = published(options, testkit::Redis::start().await).await;
    let stream = stream();
    bench.cli(&["DEL", &stream]).await;
    let id = Uuid::new_v4().to_string();
    bench.cli(&["XADD", &stream, "9-1", "id", &id]).await;
    let group = ["XGROUP", "CREATE", &stream, "workers", "9-1"];
    bench.cli(&group).await;
    let _relay = bench.relay();
    all_done(&bench, &registry, "stream_older").await;
}
