//! What becomes of jobs and entries that are not plain.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use jobs::{CancelOutcome, Enqueued, Failure, Handler, Job, Pool, Relay};
use kernel::Fence;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testkit::eventually_true;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::bench::{Bench, KIND, Running, SOON, stream};
use crate::handlers::{Failing, Gated, Mourner, Prompt, cause};

const DLQ: &str = "storyloom:jobs:test:dlq";

#[sqlx::test(migrations = false)]
async fn a_wish_that_was_had_before_gives_the_old_job(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let key = Uuid::new_v4();
    let first = bench.enqueue_for(key, Uuid::nil()).await;
    let second = bench.enqueue_for(key, Uuid::nil()).await;
    assert_eq!(first, Enqueued::New(first.id()));
    assert_eq!(second, Enqueued::AlreadyThere(first.id()));
}

#[sqlx::test(migrations = false)]
async fn entries_that_are_there_tenfold_run_a_job_once(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    let mut jobs = Vec::new();
    for _ in 0..3 {
        let job = bench.enqueue(Uuid::new_v4()).await;
        bench.reaches(job, "queued").await;
        jobs.push(job);
    }
    for job in jobs.iter().cycle().take(30) {
        let id = job.to_string();
        bench
            .cli(&["XADD", &stream(), "*", "id", &id, "kind", KIND])
            .await;
    }
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    for job in &jobs {
        let row = bench.reaches(*job, "done").await;
        assert_eq!((row.attempt, row.fence), (1, 1));
    }
    bench.settles().await;
    assert_eq!(bench.number("select count(*) from effects").await, 3);
}

#[sqlx::test(migrations = false)]
async fn garbage_is_copied_to_the_dead_letter_stream(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    let good = bench.enqueue(Uuid::new_v4()).await;
    bench.reaches(good, "done").await;
    let (stream, stray) = (stream(), Uuid::new_v4().to_string());
    bench
        .cli(&["XADD", &stream, "*", "nonsense", "\u{1}\u{2}"])
        .await;
    bench.cli(&["XADD", &stream, "*", "id", "no-uuid"]).await;
    bench.cli(&["XADD", &stream, "*", "id", &stray]).await;
    eventually_true("three dead letters", SOON, async || {
        bench.length(DLQ).await == 3
    })
    .await;
    assert!(bench.cli(&["XRANGE", DLQ, "-", "+"]).await.contains(&stray));
    bench.settles().await;
    let next = bench.enqueue(Uuid::new_v4()).await;
    bench.reaches(next, "done").await;
}

#[sqlx::test(migrations = false)]
async fn a_kind_that_is_not_known_yet_is_parked(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let old_relay =
        Running::start(|stop| Relay::new(bench.queue.clone(), bench.wake.clone()).run(stop));
    let old = Running::start(|stop| Pool::new(bench.queue.clone()).run(stop));
    let job = bench.enqueue(Uuid::new_v4()).await;
    let row = bench.reaches(job, "parked").await;
    assert_eq!((row.attempt, row.crashes), (0, 0));
    bench.settles().await;
    old.stop().await;
    old_relay.stop().await;
    let _relay = bench.relay();
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    let row = bench.reaches(job, "done").await;
    assert_eq!(row.attempt, 1);
}

struct Panicking;

#[async_trait]
impl Handler for Panicking {
    async fn handle(&self, _: Job, _: Fence, _: CancellationToken) -> Result<(), Failure> {
        panic!("as the test wants it");
    }
}

#[sqlx::test(migrations = false)]
async fn a_job_that_panics_is_given_up_and_harms_nobody(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    let pool = Pool::new(bench.queue.clone())
        .handle(KIND, Arc::new(Prompt(bench.pool.clone())), Arc::new(()))
        .handle("poison", Arc::new(Panicking), Arc::new(Mourner));
    let _worker = Running::start(|stop| pool.run(stop));
    let (key, tenant) = (Uuid::new_v4(), Uuid::nil());
    let mut tx = bench.pool.begin().await.unwrap();
    let poison = Job {
        kind: "poison",
        key,
        tenant,
    };
    let poison = jobs::enqueue(&mut tx, &poison).await.unwrap().id();
    tx.commit().await.unwrap();
    let healthy = bench.enqueue(Uuid::new_v4()).await;
    bench.reaches(healthy, "done").await;
    let row = bench.reaches(poison, "dead").await;
    assert_eq!((row.attempt, row.crashes), (3, 3));
    assert_eq!(row.last_error.unwrap(), "crashed: crashed 3 times");
    // The hook's mark is in the same commit.
    assert_eq!(bench.effects(key).await, 1);
    let after = bench.enqueue(Uuid::new_v4()).await;
    bench.reaches(after, "done").await;
}

#[sqlx::test(migrations = false)]
async fn a_job_that_takes_its_workers_along_is_given_up(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let bench = Bench::new(options).await;
    let relay = Relay::new(bench.queue.clone(), bench.wake.clone());
    let _relay = Running::start(|stop| relay.kind(KIND, Arc::new(Mourner)).run(stop));
    let key = Uuid::new_v4();
    let job = bench.enqueue(key).await;
    for nth in 1..=3 {
        let (handler, gate) = Gated::new(&bench.pool);
        let worker = bench.worker(handler);
        gate.reached_by(1).await;
        worker.kill().await;
        eventually_true("a crash is counted", SOON, async || {
            bench.row(job).await.crashes == nth
        })
        .await;
    }
    let row = bench.reaches(job, "dead").await;
    assert_eq!(row.last_error.unwrap(), "crashed: crashed 3 times");
    assert_eq!(bench.effects(key).await, 1);
    eventually_true("a dead letter", SOON, async || {
        bench
            .cli(&["XRANGE", DLQ, "-", "+"])
            .await
            .contains(&job.to_string())
    })
    .await;
    bench.settles().await;
}

async fn fails(
    options: PgConnectOptions,
    times: usize,
    failure: fn() -> Failure,
) -> (String, i32, usize) {
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    let (handler, tried) = Failing::new(&bench.pool, times, failure);
    let _worker = bench.mourning_worker(handler, Arc::new(Mourner));
    let key = Uuid::new_v4();
    let job = bench.enqueue(key).await;
    eventually_true("an end", SOON, async || {
        ["done", "dead"].contains(&bench.row(job).await.state.as_str())
    })
    .await;
    bench.settles().await;
    assert_eq!(bench.effects(key).await, 1);
    let row = bench.row(job).await;
    (row.state, row.attempt, tried.load(Ordering::SeqCst))
}

#[sqlx::test(migrations = false)]
async fn a_failed_try_is_made_good_by_a_later_one(_: PgPoolOptions, options: PgConnectOptions) {
    let ended = fails(options, 2, || Failure::Retry(cause())).await;
    assert_eq!(ended, ("done".to_owned(), 3, 3));
}

#[sqlx::test(migrations = false)]
async fn when_tries_are_used_up_a_job_is_dead(_: PgPoolOptions, options: PgConnectOptions) {
    let ended = fails(options, 99, || Failure::Retry(cause())).await;
    assert_eq!(ended, ("dead".to_owned(), 3, 3));
}

#[sqlx::test(migrations = false)]
async fn what_can_never_work_is_dead_at_once(_: PgPoolOptions, options: PgConnectOptions) {
    let ended = fails(options, 99, || Failure::Reject(cause())).await;
    assert_eq!(ended, ("dead".to_owned(), 1, 1));
}

#[sqlx::test(migrations = false)]
async fn what_is_told_to_come_back_later_uses_no_attempt(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    // More often than there are attempts.
    let snooze = || Failure::Snooze {
        cause: cause(),
        after: std::time::Duration::from_millis(30),
    };
    let ended = fails(options, 6, snooze).await;
    assert_eq!(ended, ("done".to_owned(), 1, 7));
}

#[sqlx::test(migrations = false)]
async fn an_outage_uses_no_attempt(_: PgPoolOptions, options: PgConnectOptions) {
    let ended = fails(options, 7, || Failure::Unavailable(cause())).await;
    assert_eq!(ended, ("done".to_owned(), 1, 8));
}

#[sqlx::test(migrations = false)]
async fn a_hook_that_is_at_fault_keeps_no_job_alive(_: PgPoolOptions, options: PgConnectOptions) {
    struct Faulty;
    #[async_trait]
    impl jobs::OnDead for Faulty {
        async fn dead(
            &self,
            tx: &mut sqlx::PgTransaction<'_>,
            _: &Job,
            _: &jobs::Cause,
        ) -> Result<(), sqlx::Error> {
            sqlx::query("insert into no_such_table values (1)")
                .execute(&mut **tx)
                .await
                .map(|_| ())
        }
    }
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    let (handler, _) = Failing::new(&bench.pool, 99, || Failure::Reject(cause()));
    let _worker = bench.mourning_worker(handler, Arc::new(Faulty));
    let job = bench.enqueue(Uuid::new_v4()).await;
    bench.reaches(job, "dead").await;
    assert_eq!(bench.number("select count(*) from dead_letters").await, 1);
}

async fn cancel(bench: &Bench, key: Uuid) -> CancelOutcome {
    let mut tx = bench.pool.begin().await.unwrap();
    let outcome = jobs::cancel(&mut tx, KIND, key).await.unwrap();
    tx.commit().await.unwrap();
    outcome
}

#[sqlx::test(migrations = false)]
async fn a_job_is_cancelled_before_it_runs(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let key = Uuid::new_v4();
    let ready = bench.enqueue(key).await;
    assert_eq!(cancel(&bench, key).await, CancelOutcome::Cancelled);
    let _relay = bench.relay();
    let key = Uuid::new_v4();
    let queued = bench.enqueue(key).await;
    bench.reaches(queued, "queued").await;
    assert_eq!(cancel(&bench, key).await, CancelOutcome::Cancelled);
    assert_eq!(cancel(&bench, key).await, CancelOutcome::TooLate);
    assert_eq!(cancel(&bench, Uuid::new_v4()).await, CancelOutcome::TooLate);
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    let other = bench.enqueue(Uuid::new_v4()).await;
    bench.reaches(other, "done").await;
    bench.settles().await;
    assert_eq!(bench.row(ready).await.state, "cancelled");
    assert_eq!(bench.row(queued).await.state, "cancelled");
    assert_eq!(bench.number("select count(*) from effects").await, 1);
}

#[sqlx::test(migrations = false)]
async fn a_job_is_cancelled_while_it_runs(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    let (handler, gate) = Gated::new(&bench.pool);
    let _worker = bench.worker(handler);
    let key = Uuid::new_v4();
    let job = bench.enqueue(key).await;
    gate.reached_by(1).await;
    assert_eq!(cancel(&bench, key).await, CancelOutcome::Requested);
    bench.reaches(job, "cancelled").await;
    assert_eq!(gate.stopped.load(Ordering::SeqCst), 1);
    bench.settles().await;
    assert_eq!(bench.effects(key).await, 0);
    assert_eq!(bench.number("select count(*) from dead_letters").await, 0);
}

#[sqlx::test(migrations = false)]
async fn the_guard_refuses_what_is_wanted_no_more(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let key = Uuid::new_v4();
    let job = bench.enqueue(key).await;
    let claim =
        "update jobs set state = 'running', fence = 1, lease_until = now() + '1 h'::interval";
    sqlx::query(claim).execute(&bench.pool).await.unwrap();
    let guard = async |number| {
        let mut tx = bench.pool.begin().await.unwrap();
        jobs::guard(&mut tx, &Fence::new(job, number)).await.is_ok()
    };
    assert!(guard(1).await);
    assert!(!guard(2).await);
    cancel(&bench, key).await;
    assert!(!guard(1).await);
}

#[sqlx::test(migrations = false)]
async fn a_job_longer_than_its_lease_runs_once(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    let (handler, gate) = Gated::new(&bench.pool);
    let _workers = [
        bench.worker(handler),
        bench.worker(Prompt(bench.pool.clone())),
    ];
    // Whichever worker takes them, one of several jobs is long.
    let mut jobs = Vec::new();
    while gate.came.load(Ordering::SeqCst) == 0 {
        let job = bench.enqueue(Uuid::new_v4()).await;
        eventually_true("a worker takes it", SOON, async || {
            ["running", "done"].contains(&bench.row(job).await.state.as_str())
        })
        .await;
        jobs.push(job);
    }
    // As long as four leases, and three times the idleness of an abandoned entry.
    eventually_true("leases are prolonged for long", SOON, async || {
        let short = "select count(*) from jobs where state = 'running' \
                     and lease_until < created_at + '5 s'::interval";
        bench.number(short).await == 0
    })
    .await;
    gate.open.cancel();
    for job in jobs {
        let row = bench.reaches(job, "done").await;
        assert_eq!((row.attempt, row.crashes, row.fence), (1, 0, 1));
    }
    bench.settles().await;
}

#[sqlx::test(migrations = false)]
async fn what_is_done_is_trimmed(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    bench
        .cli(&["CONFIG", "SET", "stream-node-max-entries", "10"])
        .await;
    let _relay = bench.relay();
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    for _ in 0..100 {
        bench.enqueue(Uuid::new_v4()).await;
    }
    eventually_true("a short stream", SOON, async || {
        let done = bench
            .number("select count(*) from jobs where state = 'done'")
            .await;
        done == 100 && bench.entries().await <= 11
    })
    .await;
    bench.settles().await;
}
