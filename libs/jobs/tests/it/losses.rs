//! Redis is away, or loses what it held.

use jobs::Point;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testkit::eventually_true;
use uuid::Uuid;

use crate::bench::{Bench, SOON, stream, tenth, with};
use crate::handlers::{Gated, Prompt};
use crate::rounds::Rounds;

#[sqlx::test(migrations = false)]
async fn r1_without_redis_work_is_taken_and_what_is_in_hand_is_finished(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let mut bench = Bench::new(options).await;
    let relay = bench.relay();
    let (handler, gate) = Gated::new(&bench.pool);
    let worker = bench.worker(handler);
    let first = bench.enqueue(Uuid::new_v4()).await;
    gate.reached_by(1).await;
    bench.redis.stop().await;
    let second = bench.enqueue(Uuid::new_v4()).await;
    gate.open.cancel();
    let row = bench.reaches(first, "done").await;
    assert_eq!((row.attempt, row.crashes), (1, 0));
    assert_eq!(bench.row(second).await.state, "ready");
    bench.redis.restart().await;
    let row = bench.reaches(second, "done").await;
    assert_eq!((row.attempt, row.crashes), (1, 0));
    bench.settles().await;
    worker.stop().await;
    relay.stop().await;
}

#[sqlx::test(migrations = false)]
async fn a_redis_that_does_not_answer_is_waited_for(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let rounds = Rounds::counted();
    let _relay = bench.probed_relay(rounds.clone());
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    let before = bench.enqueue(Uuid::new_v4()).await;
    bench.reaches(before, "done").await;
    bench.redis.pause();
    let publishing = rounds.further(Point::BeforePublish, 1);
    let job = bench.enqueue(Uuid::new_v4()).await;
    publishing.await;
    // It has waited for an answer in vain when it looks again.
    rounds.further(Point::BeforeLook, 1).await;
    bench.redis.resume();
    bench.reaches(job, "done").await;
    assert_eq!(bench.number("select count(*) from effects").await, 2);
}

#[sqlx::test(migrations = false)]
async fn r3_a_full_redis_is_waited_for(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    let before = bench.enqueue(Uuid::new_v4()).await;
    bench.reaches(before, "done").await;
    bench.cli(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let job = bench.enqueue(Uuid::new_v4()).await;
    eventually_true("a refusal", SOON, async || {
        bench.cli(&["INFO", "errorstats"]).await.contains("OOM")
    })
    .await;
    assert_eq!(bench.row(job).await.state, "ready");
    bench.cli(&["CONFIG", "SET", "maxmemory", "0"]).await;
    bench.reaches(job, "done").await;
    bench.settles().await;
}

/// Published jobs survive `command`; no process is restarted.
async fn published_jobs_survive(options: PgConnectOptions, command: &[&str]) {
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    let mut jobs = Vec::new();
    for _ in 0..5 {
        jobs.push(bench.enqueue(Uuid::new_v4()).await);
    }
    for job in &jobs {
        bench.reaches(*job, "queued").await;
    }
    bench.cli(command).await;
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    for job in &jobs {
        let row = bench.reaches(*job, "done").await;
        assert_eq!((row.attempt, row.crashes), (1, 0));
    }
    assert_eq!(bench.number("select count(*) from effects").await, 5);
    bench.settles().await;
}

#[sqlx::test(migrations = false)]
async fn r2_flushall(_: PgPoolOptions, options: PgConnectOptions) {
    published_jobs_survive(options, &["FLUSHALL"]).await;
}

#[sqlx::test(migrations = false)]
async fn r2_stream_deleted(_: PgPoolOptions, options: PgConnectOptions) {
    let stream = stream();
    published_jobs_survive(options, &["DEL", &stream]).await;
}

#[sqlx::test(migrations = false)]
async fn r2_group_destroyed(_: PgPoolOptions, options: PgConnectOptions) {
    let stream = stream();
    published_jobs_survive(options, &["XGROUP", "DESTROY", &stream, "workers"]).await;
}

/// Nothing tells of it but the check of what is queued for long.
#[sqlx::test(migrations = false)]
async fn r2_entries_vanish_while_the_group_stays(_: PgPoolOptions, options: PgConnectOptions) {
    let stream = stream();
    published_jobs_survive(options, &["XTRIM", &stream, "MAXLEN", "0"]).await;
}

/// An entry that was acknowledged still lies in the stream: that is no proof of life.
#[sqlx::test(migrations = false)]
async fn r2_pending_entries_are_acknowledged_by_nobody_we_know(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    let job = bench.enqueue(Uuid::new_v4()).await;
    bench.reaches(job, "queued").await;
    let stream = stream();
    let read = [
        "XREADGROUP",
        "GROUP",
        "workers",
        "stranger",
        "NOACK",
        "STREAMS",
        &stream,
        ">",
    ];
    bench.cli(&read).await;
    assert_eq!(bench.entries().await, 1);
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    bench.reaches(job, "done").await;
}

#[sqlx::test(migrations = false)]
async fn a_consumer_is_deleted_with_entries_pending(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    let job = bench.enqueue(Uuid::new_v4()).await;
    bench.reaches(job, "queued").await;
    let stream = stream();
    bench
        .cli(&[
            "XREADGROUP",
            "GROUP",
            "workers",
            "stranger",
            "STREAMS",
            &stream,
            ">",
        ])
        .await;
    bench
        .cli(&["XGROUP", "DELCONSUMER", &stream, "workers", "stranger"])
        .await;
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    bench.reaches(job, "done").await;
}

#[sqlx::test(migrations = false)]
async fn nothing_is_lost_when_redis_loses_everything_again_and_again_under_load(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let bench = Bench::with(options, with(tenth(), "window", 32)).await;
    let _relay = bench.relay();
    let _workers = [
        bench.worker(Prompt(bench.pool.clone())),
        bench.worker(Prompt(bench.pool.clone())),
    ];
    let stream = stream();
    let faults: [&[&str]; 4] = [
        &["FLUSHALL"],
        &["XGROUP", "DESTROY", &stream, "workers"],
        &["DEL", &stream],
        &["XTRIM", &stream, "MAXLEN", "0"],
    ];
    for nth in 0..400 {
        bench
            .enqueue_for(Uuid::new_v4(), Uuid::from_u128(nth % 3))
            .await;
        if nth % 40 == 39 {
            let fault = faults[usize::try_from(nth / 40).unwrap() % faults.len()];
            bench.cli(fault).await;
        }
    }
    eventually_true("400 jobs done", SOON, async || {
        bench
            .number("select count(*) from jobs where state = 'done'")
            .await
            == 400
    })
    .await;
    let twice = "select count(*) - count(distinct key) from effects";
    assert_eq!(bench.number(twice).await, 0);
    assert_eq!(bench.number("select count(*) from effects").await, 400);
    assert_eq!(bench.number("select sum(crashes) from jobs").await, 0);
    bench.settles().await;
}
