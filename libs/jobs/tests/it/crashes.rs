//! The rows of the crash matrix that a dead or frozen process leaves behind.

use jobs::Point;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use uuid::Uuid;

use crate::bench::{Bench, tenth, with};
use crate::cut::Cut;
use crate::freeze::Freeze;
use crate::handlers::{Gate, Gated, Prompt};

/// A worker dies at `point`; another one does the job, once. Answers tries and crashes.
async fn worker_dies(options: PgConnectOptions, point: Point) -> (i32, i32) {
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    let freeze = Freeze::at(&[point]);
    let worker = bench.probed_worker(Prompt(bench.pool.clone()), freeze.clone());
    let key = Uuid::new_v4();
    let job = bench.enqueue(key).await;
    freeze.hit().await;
    worker.kill().await;
    let _heir = bench.worker(Prompt(bench.pool.clone()));
    let row = bench.reaches(job, "done").await;
    assert_eq!(bench.effects(key).await, 1);
    bench.settles().await;
    (row.attempt, row.crashes)
}

#[sqlx::test(migrations = false)]
async fn c1_worker_dies_after_reading(_: PgPoolOptions, options: PgConnectOptions) {
    assert_eq!(worker_dies(options, Point::AfterRead).await, (1, 0));
}

#[sqlx::test(migrations = false)]
async fn c2_worker_dies_after_claiming(_: PgPoolOptions, options: PgConnectOptions) {
    assert_eq!(worker_dies(options, Point::AfterClaim).await, (2, 1));
}

#[sqlx::test(migrations = false)]
async fn c4_worker_dies_between_commit_and_acknowledgement(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    assert_eq!(worker_dies(options, Point::AfterCommit).await, (1, 0));
}

/// Postgres has taken the claim, and the worker does not know.
#[sqlx::test(migrations = false)]
async fn a_claim_whose_answer_was_lost_is_still_ours(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    let freeze = Freeze::at(&[Point::AfterRead]);
    let worker = bench.probed_worker(Prompt(bench.pool.clone()), freeze.clone());
    let key = Uuid::new_v4();
    let job = bench.enqueue(key).await;
    freeze.hit().await;
    bench.reaches(job, "queued").await;
    let claim = "update jobs set state = 'running', attempt = 1, fence = 1,
                 worker = (select name from job_workers), lease_until = now() + '1 h'::interval";
    sqlx::query(claim).execute(&bench.pool).await.unwrap();
    freeze.thaw();
    let row = bench.reaches(job, "done").await;
    assert_eq!((row.attempt, row.fence, row.crashes), (1, 1, 0));
    assert_eq!(bench.effects(key).await, 1);
    bench.settles().await;
    worker.stop().await;
}

/// The connection breaks at the commit of the effect. Answers the number of the last claim.
async fn commit_is_cut(options: PgConnectOptions, delivered: bool) -> i64 {
    let cut = Cut::before(options.clone(), delivered).await;
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    let _worker = bench.worker(Prompt(PgPool::connect_lazy_with(cut.options.clone())));
    let key = Uuid::new_v4();
    let job = bench.enqueue(key).await;
    let row = bench.reaches(job, "done").await;
    bench.settles().await;
    assert_eq!(bench.effects(key).await, 1);
    assert_eq!((row.attempt, row.crashes), (1, 0));
    row.fence
}

#[sqlx::test(migrations = false)]
async fn c3_reply_to_a_commit_is_lost(_: PgPoolOptions, options: PgConnectOptions) {
    assert_eq!(commit_is_cut(options, true).await, 1);
}

#[sqlx::test(migrations = false)]
async fn c3_commit_is_lost(_: PgPoolOptions, options: PgConnectOptions) {
    assert_eq!(commit_is_cut(options, false).await, 2);
}

#[sqlx::test(migrations = false)]
async fn c5_frozen_worker_wakes_and_changes_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    // One slot, so that the frozen worker reads no more.
    let bench = Bench::with(options, with(tenth(), "slots", 1)).await;
    let _relay = bench.relay();
    let freeze = Freeze::at(&[Point::BeforeHeartbeat]);
    // It does not listen when it is told to stop, as one that is frozen does not.
    let gate = Gate {
        stubborn: true,
        ..Gate::default()
    };
    let (handler, gate) = Gated::at(&bench.pool, gate);
    let frozen = bench.probed_worker(handler, freeze.clone());
    let key = Uuid::new_v4();
    let job = bench.enqueue(key).await;
    gate.reached_by(1).await;
    let heir = bench.worker(Prompt(bench.pool.clone()));
    let done = bench.reaches(job, "done").await;
    assert_eq!((done.fence, done.crashes), (2, 1));
    gate.open.cancel();
    freeze.thaw();
    frozen.stop().await;
    assert_eq!(bench.effects(key).await, 1);
    assert_eq!(bench.row(job).await.fence, 2);
    bench.settles().await;
    heir.stop().await;
}

/// The relay dies at `point`; the next one publishes. Answers the entries that were made.
async fn relay_dies(options: PgConnectOptions, point: Point) -> u64 {
    let bench = Bench::new(options).await;
    let freeze = Freeze::at(&[point]);
    let relay = bench.probed_relay(freeze.clone());
    let key = Uuid::new_v4();
    let job = bench.enqueue(key).await;
    freeze.hit().await;
    relay.kill().await;
    let heir = bench.relay();
    bench.reaches(job, "queued").await;
    let entries = bench.entries().await;
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    let row = bench.reaches(job, "done").await;
    assert_eq!((row.attempt, row.crashes), (1, 0));
    bench.settles().await;
    assert_eq!(bench.effects(key).await, 1);
    heir.stop().await;
    entries
}

#[sqlx::test(migrations = false)]
async fn p3_relay_dies_before_publishing(_: PgPoolOptions, options: PgConnectOptions) {
    assert_eq!(relay_dies(options, Point::BeforePublish).await, 1);
}

#[sqlx::test(migrations = false)]
async fn p4_relay_dies_after_publishing(_: PgPoolOptions, options: PgConnectOptions) {
    assert_eq!(relay_dies(options, Point::AfterPublish).await, 2);
}

/// It holds the locks of what it picked; Postgres ends its transaction.
#[sqlx::test(migrations = false)]
async fn a_frozen_relay_holds_up_nobody_for_long(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let freeze = Freeze::at(&[Point::AfterPublish]);
    let frozen = bench.probed_relay(freeze.clone());
    let key = Uuid::new_v4();
    let job = bench.enqueue(key).await;
    freeze.hit().await;
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    bench.reaches(job, "done").await;
    freeze.thaw();
    let next = bench.enqueue(Uuid::new_v4()).await;
    bench.reaches(next, "done").await;
    assert_eq!(bench.effects(key).await, 1);
    bench.settles().await;
    frozen.stop().await;
}

#[sqlx::test(migrations = false)]
async fn any_number_of_relays_publish_a_job_once(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let _relays = [bench.relay(), bench.relay(), bench.relay()];
    let mut jobs = Vec::new();
    for _ in 0..8 {
        jobs.push(bench.enqueue(Uuid::new_v4()).await);
    }
    for job in jobs {
        bench.reaches(job, "queued").await;
    }
    assert_eq!(bench.entries().await, 8);
}
