//! What Prometheus is shown.

use jobs::Failure;
use prometheus::Registry;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testkit::eventually_true;
use uuid::Uuid;

use crate::bench::{Bench, SOON};
use crate::handlers::{Failing, Prompt, cause};

#[sqlx::test(migrations = false)]
async fn numbers_are_shown(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let registry = Registry::new();
    bench.queue.register(&registry).unwrap();
    let _relay = bench.relay();
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    let job = bench.enqueue(Uuid::new_v4()).await;
    bench.reaches(job, "done").await;
    let stats = bench.queue.stats().await;
    assert_eq!(
        (stats.ready, stats.running, stats.dead),
        (Some(0), Some(0), Some(0))
    );
    assert_eq!(stats.slots, Some(4));
    eventually_true("shown numbers", SOON, async || {
        let names: Vec<String> = registry
            .gather()
            .iter()
            .map(|family| family.name().to_owned())
            .collect();
        [
            "storyloom_jobs_lag",
            "storyloom_jobs_rows",
            "storyloom_jobs_delayed",
            "storyloom_jobs_paused",
            "storyloom_jobs_ended_total",
            "storyloom_jobs_attempts",
            "storyloom_jobs_publish_delay_seconds",
        ]
        .iter()
        .all(|name| names.iter().any(|known| known == name))
    })
    .await;
}

/// How often something was observed.
fn observed(registry: &Registry, name: &str) -> u64 {
    let families = registry.gather();
    let family = families.iter().find(|family| family.name() == name);
    family.map_or(0, |family| {
        let metrics = family.get_metric().iter();
        metrics
            .map(|one| one.get_histogram().get_sample_count())
            .sum()
    })
}

#[sqlx::test(migrations = false)]
async fn every_publication_and_every_end_is_observed(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let registry = Registry::new();
    bench.queue.register(&registry).unwrap();
    let _relay = bench.relay();
    let (handler, _) = Failing::new(&bench.pool, 2, || Failure::Retry(cause()));
    let _worker = bench.worker(handler);
    let job = bench.enqueue(Uuid::new_v4()).await;
    bench.reaches(job, "done").await;
    eventually_true("observed", SOON, async || {
        let ends = observed(&registry, "storyloom_jobs_attempts");
        let tries = observed(&registry, "storyloom_jobs_duration_seconds");
        let delays = observed(&registry, "storyloom_jobs_publish_delay_seconds");
        (ends, tries, delays) == (1, 3, 3)
    })
    .await;
}
