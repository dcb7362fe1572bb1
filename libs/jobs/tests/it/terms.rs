//! Jobs that are to run later, or elsewhere.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jobs::{Job, Lane, Pool, Relay, Terms, Wake};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testkit::eventually_true;
use uuid::Uuid;

use crate::bench::{Bench, KIND, Running, SOON};
use crate::handlers::{Gated, Prompt};

async fn enqueue(bench: &Bench, terms: Terms) -> Uuid {
    let mut tx = bench.pool.begin().await.unwrap();
    let job = Job {
        kind: KIND,
        key: Uuid::new_v4(),
        tenant: Uuid::nil(),
    };
    let enqueued = jobs::enqueue_on(&mut tx, &job, terms).await.unwrap();
    tx.commit().await.unwrap();
    bench.wake.wake();
    enqueued.id()
}

#[sqlx::test(migrations = false)]
async fn a_job_runs_when_its_time_has_come(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let wait = Duration::from_millis(500);
    let asked = Instant::now();
    let terms = Terms {
        wait,
        ..Terms::default()
    };
    let later = enqueue(&bench, terms).await;
    let much_later = Terms {
        wait: Duration::from_hours(1),
        ..terms
    };
    let much_later = enqueue(&bench, much_later).await;
    let _relay = bench.relay();
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    bench.reaches(later, "done").await;
    assert!(asked.elapsed() >= wait);
    assert_eq!(bench.row(much_later).await.state, "ready");
    let stats = bench.queue.stats().await;
    assert_eq!((stats.ready, stats.delayed), (Some(1), Some(1)));
    assert_eq!(stats.oldest_ms, Some(0));
}

#[sqlx::test(migrations = false)]
async fn other_lanes_are_left_to_their_workers(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let bulk = Terms {
        lane: Lane::Bulk,
        ..Terms::default()
    };
    let bulk = enqueue(&bench, bulk).await;
    let interactive = enqueue(&bench, Terms::default()).await;
    let _relay = bench.relay();
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    bench.reaches(interactive, "done").await;
    assert_eq!(bench.row(bulk).await.state, "ready");
}

/// Bulk work fills its slots and its window, and more waits; a pause of it is its own as well.
#[sqlx::test(migrations = false)]
async fn a_backlog_of_bulk_work_does_not_hold_up_the_other(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let bench = Bench::new(options).await;
    let bulk = Terms {
        lane: Lane::Bulk,
        ..Terms::default()
    };
    for _ in 0..50 {
        enqueue(&bench, bulk).await;
    }
    let relay = Relay::new(bench.bulk.clone(), Wake::default()).kind(KIND, Arc::new(()));
    let _bulk_relay = Running::start(|stop| relay.run(stop));
    let _relay = bench.relay();
    let (gated, gate) = Gated::new(&bench.pool);
    let pool = Pool::new(bench.bulk.clone()).handle(KIND, Arc::new(gated), Arc::new(()));
    let _bulk_worker = Running::start(|stop| pool.run(stop));
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    gate.reached_by(4).await;
    let interactive = enqueue(&bench, Terms::default()).await;
    bench.reaches(interactive, "done").await;
    assert_eq!(bench.bulk.stats().await.running, Some(4));
    let until = time::OffsetDateTime::now_utc() + Duration::from_hours(1);
    jobs::pause(&bench.pool, Lane::Bulk.name(), until, "by hand")
        .await
        .unwrap();
    let interactive = enqueue(&bench, Terms::default()).await;
    bench.reaches(interactive, "done").await;
    jobs::resume(&bench.pool, Lane::Bulk.name()).await.unwrap();
    gate.open.cancel();
    eventually_true("all are done", SOON, async || {
        bench.number("select count(*) from effects").await == 52
    })
    .await;
}
