//! A lane that is paused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jobs::{Failure, Point};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testkit::eventually_true;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::bench::{Bench, SOON};
use crate::handlers::{Failing, Gated, Prompt, cause};
use crate::rounds::Rounds;

const LANE: &str = "interactive";
const READY_UNTRIED: &str =
    "select count(*) from jobs where state = 'ready' and (attempt, fence, crashes) = (0, 0, 0)";
const DONE: &str = "select count(*) from jobs where state = 'done'";
const PAUSES: &str = "select count(*) from queue_states";

async fn pause_for(bench: &Bench, wait: Duration) {
    // By the clock of this machine, which is also that of its Postgres.
    let until = OffsetDateTime::now_utc() + wait;
    jobs::pause(&bench.pool, LANE, until, "as the test wants it")
        .await
        .unwrap();
}

async fn counts(bench: &Bench, query: &'static str, expected: i64) {
    eventually_true(query, SOON, async || bench.number(query).await == expected).await;
}

#[sqlx::test(migrations = false)]
async fn what_was_published_is_handed_back_and_nothing_is_until_it_resumes(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let bench = Bench::new(options).await;
    let relay = bench.relay();
    for _ in 0..3 {
        let job = bench.enqueue(Uuid::new_v4()).await;
        bench.reaches(job, "queued").await;
    }
    assert_eq!(bench.queue.stats().await.paused, None);
    pause_for(&bench, Duration::from_hours(1)).await;
    let paused = bench.queue.stats().await.paused.unwrap();
    assert_eq!(paused.reason, "as the test wants it");
    assert!(paused.until > OffsetDateTime::now_utc());
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    counts(&bench, READY_UNTRIED, 3).await;
    bench.settles().await;
    relay.stop().await;
    let entries = bench.entries().await;
    let rounds = Rounds::counted();
    let _relay = bench.probed_relay(rounds.clone());
    bench.enqueue(Uuid::new_v4()).await;
    rounds.further(Point::BeforeLook, 10).await;
    rounds.further(Point::BeforeRepair, 5).await;
    assert_eq!(bench.number(READY_UNTRIED).await, 4);
    assert!(bench.entries().await <= entries);
    jobs::resume(&bench.pool, LANE).await.unwrap();
    counts(&bench, DONE, 4).await;
    assert_eq!(
        bench.number("select max(attempt)::bigint from jobs").await,
        1
    );
    bench.settles().await;
}

async fn tries(
    options: PgConnectOptions,
    times: usize,
    failure: fn() -> Failure,
) -> (Bench, Arc<AtomicUsize>) {
    let bench = Bench::new(options).await;
    pause_for(&bench, Duration::from_millis(200)).await;
    for _ in 0..5 {
        bench.enqueue(Uuid::new_v4()).await;
    }
    let relay = bench.relay();
    let (handler, tried) = Failing::new(&bench.pool, times, failure);
    let worker = bench.worker(handler);
    counts(&bench, PAUSES, 0).await;
    counts(
        &bench,
        "select count(*) from jobs where state in ('ready', 'queued', 'running')",
        0,
    )
    .await;
    bench.settles().await;
    worker.stop().await;
    relay.stop().await;
    (bench, tried)
}

#[sqlx::test(migrations = false)]
async fn a_probe_that_gets_done_ends_the_pause(_: PgPoolOptions, options: PgConnectOptions) {
    let (bench, tried) = tries(options, 0, || Failure::Unavailable(cause())).await;
    assert_eq!(bench.number(DONE).await, 5);
    assert_eq!(tried.load(Ordering::SeqCst), 5);
}

#[sqlx::test(migrations = false)]
async fn probes_that_fail_prolong_the_pause(_: PgPoolOptions, options: PgConnectOptions) {
    let (bench, tried) = tries(options, 3, || Failure::Unavailable(cause())).await;
    assert_eq!(bench.number(DONE).await, 5);
    assert_eq!(tried.load(Ordering::SeqCst), 8);
    let most = "select max(attempt)::bigint from jobs";
    assert_eq!(bench.number(most).await, 1);
}

#[sqlx::test(migrations = false)]
async fn until_one_job_got_done_the_others_wait(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    pause_for(&bench, Duration::ZERO).await;
    for _ in 0..4 {
        bench.enqueue(Uuid::new_v4()).await;
    }
    let rounds = Rounds::counted();
    let _relay = bench.probed_relay(rounds.clone());
    let (handler, gate) = Gated::new(&bench.pool);
    let _worker = bench.worker(handler);
    gate.reached_by(1).await;
    // There are four slots.
    rounds.further(Point::BeforeLook, 10).await;
    assert_eq!(gate.came.load(Ordering::SeqCst), 1);
    assert_eq!(bench.number(READY_UNTRIED).await, 3);
    gate.open.cancel();
    counts(&bench, DONE, 4).await;
    assert_eq!(bench.number(PAUSES).await, 0);
}

#[sqlx::test(migrations = false)]
async fn a_probe_that_is_given_up_does_not_end_the_pause(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let (bench, _) = tries(options, 2, || Failure::Reject(cause())).await;
    assert_eq!(bench.number(DONE).await, 3);
}
