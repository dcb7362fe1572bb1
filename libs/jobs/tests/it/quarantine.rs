//! Jobs that have seen a crash: nobody knows which of them caused it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jobs::Point;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testkit::eventually_true;
use uuid::Uuid;

use crate::bench::{Bench, Running, SOON};
use crate::handlers::{Gate, Gated};
use crate::rounds::Rounds;

const CRASHED_TWICE: &str = "select count(*) from jobs where crashes = 2";

/// A worker dies with four jobs in hand.
async fn crashed(bench: &Bench) {
    let (handler, gate) = Gated::new(&bench.pool);
    let worker = bench.worker(handler);
    for _ in 0..4 {
        bench.enqueue(Uuid::new_v4()).await;
    }
    gate.reached_by(4).await;
    worker.kill().await;
    let crashed = "select count(*) from jobs where crashes = 1";
    eventually_true("four crashes", SOON, async || {
        bench.number(crashed).await == 4
    })
    .await;
}

/// The next worker has in hand one of those four, and a job that has seen no crash.
async fn next(bench: &Bench, rounds: &Rounds) -> (Running, Arc<Gate>, Uuid) {
    let (handler, gate) = Gated::new(&bench.pool);
    let worker = bench.worker(handler);
    gate.reached_by(1).await;
    let healthy = bench.enqueue(Uuid::new_v4()).await;
    gate.reached_by(2).await;
    bench.reaches(healthy, "running").await;
    // The other three are published and handed back, again and again; there are four slots.
    rounds.further(Point::AfterPublish, 5).await;
    assert_eq!(gate.came.load(Ordering::SeqCst), 2);
    (worker, gate, healthy)
}

#[sqlx::test(migrations = false)]
async fn a_crash_takes_no_others_along_twice(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let rounds = Rounds::counted();
    let _relay = bench.probed_relay(rounds.clone());
    crashed(&bench).await;
    let (worker, _, healthy) = next(&bench, &rounds).await;
    worker.kill().await;
    eventually_true("a second crash", SOON, async || {
        bench.number(CRASHED_TWICE).await == 1 && bench.row(healthy).await.crashes == 1
    })
    .await;
    assert_eq!(bench.number("select sum(crashes) from jobs").await, 6);
    let tries = "select count(*) from jobs where attempt = 1";
    assert_eq!(bench.number(tries).await, 4);
}

#[sqlx::test(migrations = false)]
async fn they_are_done_one_after_the_other(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let rounds = Rounds::counted();
    let _relay = bench.probed_relay(rounds.clone());
    crashed(&bench).await;
    let (_worker, gate, _) = next(&bench, &rounds).await;
    gate.open.cancel();
    eventually_true("five jobs done", SOON, async || {
        let done = "select count(*) from jobs where state = 'done'";
        bench.number(done).await == 5
    })
    .await;
    assert_eq!(
        bench.number("select max(attempt)::bigint from jobs").await,
        2
    );
    assert_eq!(bench.number("select sum(crashes) from jobs").await, 4);
    assert_eq!(bench.number("select count(*) from effects").await, 5);
    bench.settles().await;
}
