//! PostgreSQL is away for a while.

use jobs::Point;
use sqlx::postgres::PgConnectOptions;
use std::str::FromStr as _;
use testkit::eventually_true;
use uuid::Uuid;

use crate::bench::{Bench, SOON};
use crate::handlers::{Gated, Prompt};
use crate::rounds::Rounds;

/// Long jobs outlive an outage of three leases; none of them counts as crashed.
#[tokio::test]
async fn an_outage_of_postgres_counts_as_nobodys_crash() {
    let mut postgres = testkit::Postgres::start().await;
    postgres.create_database("jobs").await;
    let options = PgConnectOptions::from_str(&postgres.url("jobs")).unwrap();
    let bench = Bench::new(options).await;
    let (relaying, working) = (Rounds::counted(), Rounds::counted());
    let relay = bench.probed_relay(relaying.clone());
    let (handler, gate) = Gated::new(&bench.pool);
    let worker = bench.probed_worker(handler, working.clone());
    let mut jobs = Vec::new();
    for _ in 0..4 {
        jobs.push(bench.enqueue(Uuid::new_v4()).await);
    }
    gate.reached_by(4).await;
    postgres.kill().await;
    // Ten heartbeats in vain are as long as three leases.
    working.further(Point::BeforeHeartbeat, 10).await;
    postgres.restart().await;
    // One more lease, in which a reaper that is in a hurry would do harm.
    relaying.further(Point::BeforeRepair, 15).await;
    eventually_true("four claims hold", SOON, async || {
        let held = "select count(*) from jobs where lease_until > now()";
        bench.number(held).await == 4
    })
    .await;
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
    eventually_true("the entry is read", SOON, async || {
        bench.queue.stats().await.pending == Some(1)
    })
    .await;
    postgres.restart().await;
    let row = bench.reaches(job, "done").await;
    assert_eq!((row.attempt, row.crashes), (1, 0));
    bench.settles().await;
}
