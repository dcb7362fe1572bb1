//! What KEDA sees of a queue: that there is work whenever there is, and none when there is none.

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testkit::eventually_true;
use uuid::Uuid;

use crate::bench::{Bench, SOON};
use crate::handlers::Prompt;

/// The two numbers that its triggers go by.
async fn seen(bench: &Bench) -> (Option<u64>, Option<u64>) {
    let stats = bench.queue.stats().await;
    (stats.lag, stats.pending)
}

#[sqlx::test(migrations = false)]
async fn lag_and_pending_are_exact_from_zero_to_zero(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    for round in 1..=5_i64 {
        for _ in 0..7 {
            bench.enqueue(Uuid::new_v4()).await;
        }
        eventually_true("seven wait", SOON, async || {
            seen(&bench).await == (Some(7), Some(0))
        })
        .await;
        let worker = bench.worker(Prompt(bench.pool.clone()));
        eventually_true("all are done", SOON, async || {
            // Never unknown, however entries are read, acknowledged and trimmed.
            let (lag, _) = seen(&bench).await;
            assert!(lag.is_some_and(|lag| lag <= 7), "{lag:?}");
            let done = "select count(*) from jobs where state = 'done'";
            bench.number(done).await == 7 * round
        })
        .await;
        worker.stop().await;
        eventually_true("nothing to do", SOON, async || {
            seen(&bench).await == (Some(0), Some(0))
        })
        .await;
    }
}
