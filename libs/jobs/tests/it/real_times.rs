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

/// A worker dies with a job at `point`; answers when, and the job.
async fn worker_dies(bench: &Bench, point: Point) -> (Instant, Uuid) {
    let freeze = Freeze::at(&[point]);
    let worker = bench.probed_worker(Prompt(bench.pool.clone()), freeze.clone());
    let job = bench.enqueue(Uuid::new_v4()).await;
    freeze.hit().await;
    worker.kill().await;
    (Instant::now(), job)
}

async fn runs_again_in_time(bench: &Bench, (died, job): (Instant, Uuid)) {
    bench.reaches(job, "done").await;
    let took = died.elapsed();
    assert!(took < PROMISED, "took {took:?}");
}

/// Both in one test, since most of it is waiting.
#[sqlx::test(migrations = false)]
async fn after_a_kill_in_the_midst_of_a_job_and_between_reading_and_claiming(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let settings = json!({
        "slots": 16, "lease_ms": 10_000, "heartbeat_ms": 3_000, "reaper_ms": 1_000,
        "poll_ms": 200, "block_ms": 1_000, "idle_ms": 12_000, "max_attempts": 8,
        "max_crashes": 5, "backoff_ms": 2_000, "backoff_cap_ms": 3_600_000,
        "unavailable_cap_ms": 60_000, "drain_ms": 80_000, "window": 64,
    });
    let bench = Bench::with(options, settings).await;
    let _relay = bench.relay();
    let in_hand = worker_dies(&bench, Point::AfterClaim).await;
    let read = worker_dies(&bench, Point::AfterRead).await;
    let _heir = bench.worker(Prompt(bench.pool.clone()));
    tokio::join!(
        runs_again_in_time(&bench, in_hand),
        runs_again_in_time(&bench, read),
    );
}
