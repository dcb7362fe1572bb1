//! The promises in seconds: whatever happens to a worker, its jobs run again within 15; what is
//! cancelled stops within 4.

use std::time::{Duration, Instant};

use jobs::{CancelOutcome, Point};
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testkit::eventually_true;
use uuid::Uuid;

use crate::bench::{Bench, KIND, SOON};
use crate::freeze::Freeze;
use crate::handlers::{Gated, Prompt};

const PROMISED: Duration = Duration::from_secs(15);

/// From the wish to cancel a running job until its worker is told.
const TOLD: Duration = Duration::from_secs(4);

/// What services use.
fn real() -> Value {
    serde_json::from_str(include_str!("../defaults.json")).unwrap()
}

/// A worker dies with as many jobs as it has slots, or one, at `point`; answers when, and the jobs.
async fn worker_dies(bench: &Bench, point: Point, count: i64) -> (Instant, Vec<Uuid>) {
    let mut jobs = Vec::new();
    for _ in 0..count {
        jobs.push(bench.enqueue(Uuid::new_v4()).await);
    }
    eventually_true("all are published", SOON, async || {
        bench
            .number("select count(*) from jobs where state = 'queued'")
            .await
            == count
    })
    .await;
    let freeze = Freeze::at(&[point]);
    let worker = bench.probed_worker(Prompt(bench.pool.clone()), freeze.clone());
    freeze.hit().await;
    worker.kill().await;
    (Instant::now(), jobs)
}

async fn run_again_in_time(bench: &Bench, (died, jobs): (Instant, Vec<Uuid>)) {
    for job in jobs {
        bench.reaches(job, "done").await;
    }
    let took = died.elapsed();
    assert!(took < PROMISED, "took {took:?}");
}

/// Both in one test, since most of it is waiting.
#[sqlx::test(migrations = false)]
async fn after_a_kill_in_the_midst_of_many_jobs_and_between_reading_and_claiming(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let bench = Bench::with(options, real()).await;
    let _relay = bench.relay();
    let in_hand = worker_dies(&bench, Point::AfterClaim, 16).await;
    let read = worker_dies(&bench, Point::AfterRead, 1).await;
    let _heir = bench.worker(Prompt(bench.pool.clone()));
    tokio::join!(
        run_again_in_time(&bench, in_hand),
        run_again_in_time(&bench, read),
    );
    let crashes = bench.number("select sum(crashes) from jobs").await;
    assert_eq!(crashes, 16, "all of them were in hand");
}

#[sqlx::test(migrations = false)]
async fn what_runs_is_told_that_it_is_cancelled(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::with(options, real()).await;
    let _relay = bench.relay();
    let (handler, gate) = Gated::new(&bench.pool);
    let _worker = bench.worker(handler);
    let key = Uuid::new_v4();
    let job = bench.enqueue(key).await;
    gate.reached_by(1).await;
    let mut tx = bench.pool.begin().await.unwrap();
    let outcome = jobs::cancel(&mut tx, KIND, key).await.unwrap();
    tx.commit().await.unwrap();
    let wished = Instant::now();
    assert_eq!(outcome, CancelOutcome::Requested);
    bench.reaches(job, "cancelled").await;
    let took = wished.elapsed();
    assert!(took < TOLD, "took {took:?}");
}
