//! The one promise in seconds: whatever happens to a worker, its job runs again within 15.

use std::time::{Duration, Instant};

use jobs::Point;
use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use uuid::Uuid;

use crate::bench::Bench;
use crate::freeze::Freeze;
use crate::handlers::Prompt;

const PROMISED: Duration = Duration::from_secs(15);

async fn runs_again_in_time(options: PgConnectOptions, point: Point) {
    let settings = json!({
        "slots": 16, "lease_ms": 10_000, "heartbeat_ms": 3_000, "reaper_ms": 1_000,
        "poll_ms": 200, "block_ms": 1_000, "idle_ms": 12_000, "max_attempts": 8,
        "max_crashes": 5, "backoff_ms": 2_000, "backoff_cap_ms": 3_600_000,
        "unavailable_cap_ms": 60_000, "drain_ms": 80_000, "window": 64,
    });
    let bench = Bench::with(options, settings).await;
    let _relay = bench.relay();
    let freeze = Freeze::at(&[point]);
    let worker = bench.freezing_worker(Prompt(bench.pool.clone()), &freeze);
    let job = bench.enqueue(Uuid::new_v4()).await;
    freeze.hit().await;
    worker.kill().await;
    let died = Instant::now();
    let _heir = bench.worker(Prompt(bench.pool.clone()));
    bench.reaches(job, "done").await;
    let took = died.elapsed();
    assert!(took < PROMISED, "took {took:?}");
}

#[sqlx::test(migrations = false)]
async fn after_a_kill_in_the_midst_of_a_job(_: PgPoolOptions, options: PgConnectOptions) {
    runs_again_in_time(options, Point::AfterClaim).await;
}

#[sqlx::test(migrations = false)]
async fn after_a_kill_between_reading_and_claiming(_: PgPoolOptions, options: PgConnectOptions) {
    runs_again_in_time(options, Point::AfterRead).await;
}
