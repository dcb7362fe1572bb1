//! PostgreSQL is away for a while.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use uuid::Uuid;

use crate::bench::Bench;
use crate::handlers::{Gated, Prompt};

/// Long jobs outlive an outage of three leases; none of them counts as crashed.
#[tokio::test]
async fn an_outage_of_postgres_counts_as_nobodys_crash() {
    let mut postgres = testkit::Postgres::start().await;
    postgres.create_database("jobs").await;
    let options = PgConnectOptions::from_str(&postgres.url("jobs")).unwrap();
    let bench = Bench::new(options).await;
    let relay = bench.relay();
    let (handler, gate) = Gated::new(&bench.pool);
    let worker = bench.worker(handler);
    let mut jobs = Vec::new();
    for _ in 0..4 {
        jobs.push(bench.enqueue(Uuid::new_v4()).await);
    }
    gate.reached_by(4).await;
    postgres.kill().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    postgres.restart().await;
    // One more lease, in which a reaper that is in a hurry would do harm.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    gate.open.cancel();
    for job in jobs {
        let row = bench.reaches(job, "done").await;
        assert_eq!((row.attempt, row.crashes, row.fence), (1, 0, 1));
    }
    let next = bench.enqueue(Uuid::new_v4()).await;
    bench.reaches(next, "done").await;
    bench.settles().await;
    worker.stop().await;
    relay.stop().await;
}

/// Entries that were read while Postgres was away are neither lost nor acknowledged.
#[tokio::test]
async fn what_cannot_be_claimed_stays_pending() {
    let mut postgres = testkit::Postgres::start().await;
    postgres.create_database("jobs").await;
    let options = PgConnectOptions::from_str(&postgres.url("jobs")).unwrap();
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    let job = bench.enqueue(Uuid::new_v4()).await;
    bench.reaches(job, "queued").await;
    postgres.stop().await;
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    testkit::eventually_true("the entry is read", Duration::from_secs(10), async || {
        bench.queue.stats().await.pending == Some(1)
    })
    .await;
    postgres.restart().await;
    let row = bench.reaches(job, "done").await;
    assert_eq!((row.attempt, row.crashes), (1, 0));
    bench.settles().await;
}
