//! No more than a smoke test of speed: generous bounds, figures in the output.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jobs::{Failure, Handler, Job};
use kernel::Fence;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testkit::eventually_true;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::bench::{Bench, SOON, tenth, with};
use crate::handlers::{Prompt, save};

/// Says when it was begun.
struct Timed(PgPool, UnboundedSender<Instant>);

#[async_trait]
impl Handler for Timed {
    async fn handle(&self, job: Job, fence: Fence, _: CancellationToken) -> Result<(), Failure> {
        self.1.send(Instant::now()).unwrap();
        save(&self.0, job.key, &fence).await
    }
}

#[sqlx::test(migrations = false)]
async fn a_job_begins_soon_after_it_was_asked_for(_: PgPoolOptions, options: PgConnectOptions) {
    // The poll is far away: the wake alone does it.
    let bench = Bench::with(options, with(tenth(), "poll_ms", 5_000)).await;
    let _relay = bench.relay();
    let (began, mut begins) = unbounded_channel();
    let _worker = bench.worker(Timed(bench.pool.clone(), began));
    let mut waits = Vec::new();
    for _ in 0..100 {
        let asked = Instant::now();
        bench.enqueue(Uuid::new_v4()).await;
        waits.push(begins.recv().await.unwrap() - asked);
    }
    waits.sort();
    let (median, worst) = (waits[50], waits[98]);
    #[expect(clippy::print_stderr, reason = "a figure for whoever looks")]
    {
        eprintln!("begin of the transaction to begin of the job: p50 {median:?}, p99 {worst:?}");
    }
    assert!(median < Duration::from_secs(1), "{median:?}");
}

#[sqlx::test(migrations = false)]
async fn a_backlog_is_worked_off_without_waiting_for_the_poll(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let settings = with(with(tenth(), "poll_ms", 200), "slots", 8);
    let bench = Arc::new(Bench::with(options, settings).await);
    for tenant in 0..10_u128 {
        sqlx::query(
            "insert into jobs (kind, key, tenant) select 'test', gen_random_uuid(), $1
             from generate_series(1, 100)",
        )
        .bind(Uuid::from_u128(tenant))
        .execute(&bench.pool)
        .await
        .unwrap();
    }
    let begin = Instant::now();
    let _relay = bench.relay();
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    eventually_true("1000 jobs done", SOON, async || {
        bench
            .number("select count(*) from jobs where state = 'done'")
            .await
            == 1000
    })
    .await;
    let rate = 1000.0 / begin.elapsed().as_secs_f64();
    #[expect(clippy::print_stderr, reason = "a figure for whoever looks")]
    {
        eprintln!("{rate:.0} jobs a second, one transaction each");
    }
}
