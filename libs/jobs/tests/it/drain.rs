//! A worker that is told to stop.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use jobs::Point;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use uuid::Uuid;

use crate::bench::{Bench, stream, tenth, with};
use crate::freeze::Freeze;
use crate::handlers::{Gate, Gated, Prompt};
use crate::rounds::Rounds;

#[sqlx::test(migrations = false)]
async fn running_jobs_may_end(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    let (handler, gate) = Gated::new(&bench.pool);
    let rounds = Rounds::counted();
    let worker = bench.probed_worker(handler, rounds.clone());
    let job = bench.enqueue(Uuid::new_v4()).await;
    gate.reached_by(1).await;
    let opening = async {
        rounds.further(Point::BeforeHeartbeat, 2).await;
        gate.open.cancel();
    };
    tokio::join!(worker.stop(), opening);
    let row = bench.row(job).await;
    assert_eq!((row.state.as_str(), row.attempt), ("done", 1));
    assert_eq!(gate.stopped.load(Ordering::SeqCst), 0);
    gone(&bench).await;
}

/// Its consumer and its row are gone, and nothing is pending.
async fn gone(bench: &Bench) {
    bench.settles().await;
    let consumers = bench
        .cli(&["XINFO", "CONSUMERS", &stream(), "workers"])
        .await;
    assert!(!consumers.contains("worker-"), "{consumers}");
    assert_eq!(bench.number("select count(*) from job_workers").await, 0);
}

async fn grace_is_too_short(options: PgConnectOptions, stubborn: bool) {
    let bench = Bench::with(options, with(tenth(), "drain_ms", 100)).await;
    let relay = bench.relay();
    let gate = Gate {
        stubborn,
        ..Gate::default()
    };
    let (handler, gate) = Gated::at(&bench.pool, gate);
    let worker = bench.worker(handler);
    let mut jobs = Vec::new();
    for _ in 0..4 {
        jobs.push(bench.enqueue(Uuid::new_v4()).await);
    }
    gate.reached_by(4).await;
    relay.stop().await;
    let told = Instant::now();
    worker.stop().await;
    assert!(told.elapsed() < Duration::from_secs(10));
    for job in &jobs {
        let row = bench.row(*job).await;
        assert_eq!(
            (row.state.as_str(), row.attempt, row.crashes),
            ("ready", 0, 0)
        );
    }
    gone(&bench).await;
    let _relay = bench.relay();
    let _heir = bench.worker(Prompt(bench.pool.clone()));
    for job in &jobs {
        bench.reaches(*job, "done").await;
    }
}

#[sqlx::test(migrations = false)]
async fn jobs_that_take_too_long_are_handed_back_with_no_attempt_used(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    grace_is_too_short(options, false).await;
}

#[sqlx::test(migrations = false)]
async fn jobs_that_do_not_listen_are_dropped_and_handed_back(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    grace_is_too_short(options, true).await;
}

#[sqlx::test(migrations = false)]
async fn jobs_that_were_read_and_not_begun_are_handed_back(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let bench = Bench::new(options).await;
    let relay = bench.relay();
    let freeze = Freeze::at(&[Point::AfterRead]);
    let worker = bench.probed_worker(Prompt(bench.pool.clone()), freeze.clone());
    let job = bench.enqueue(Uuid::new_v4()).await;
    freeze.hit().await;
    bench.reaches(job, "queued").await;
    relay.stop().await;
    let thawing = async {
        tokio::task::yield_now().await;
        freeze.thaw();
    };
    tokio::join!(worker.stop(), thawing);
    let row = bench.row(job).await;
    assert_eq!((row.state.as_str(), row.attempt), ("ready", 0));
    gone(&bench).await;
}
