//! What jobs need is down.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use jobs::{Failure, Handler, Job, Point};
use kernel::Fence;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testkit::eventually_true;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::bench::{Bench, SOON, tenth, with};
use crate::handlers::{cause, save};
use crate::rounds::Rounds;

/// Needs something that is down until it is said to be up.
struct Needy {
    pool: PgPool,
    up: CancellationToken,
    tried: Arc<AtomicUsize>,
}

#[async_trait]
impl Handler for Needy {
    async fn handle(&self, job: Job, fence: Fence, _: CancellationToken) -> Result<(), Failure> {
        self.tried.fetch_add(1, Ordering::SeqCst);
        if self.up.is_cancelled() {
            return save(&self.pool, job.key, &fence).await;
        }
        Err(Failure::Unavailable(cause()))
    }
}

#[sqlx::test(migrations = false)]
async fn an_outage_pauses_the_lane_until_a_probe_gets_done(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let settings = with(tenth(), "breaker_after", 5);
    let bench = Bench::with(options, settings).await;
    for _ in 0..200 {
        bench.enqueue(Uuid::new_v4()).await;
    }
    let up = CancellationToken::new();
    let tried = Arc::new(AtomicUsize::new(0));
    let needy = || Needy {
        pool: bench.pool.clone(),
        up: up.clone(),
        tried: tried.clone(),
    };
    let rounds = Rounds::counted();
    let _relay = bench.probed_relay(rounds.clone());
    let (_one, _other) = (bench.worker(needy()), bench.worker(needy()));
    eventually_true("a pause", SOON, async || {
        bench.queue.stats().await.paused.is_some()
    })
    .await;
    let paused = bench.queue.stats().await.paused.unwrap();
    assert_eq!(paused.reason, format!("breaker: {}", cause()));
    // What was in hand may still fail; then there are only probes, ever more rarely.
    eventually_true("nothing in hand", SOON, async || {
        let in_hand = "select count(*) from jobs where state in ('queued', 'running')";
        bench.number(in_hand).await == 0
    })
    .await;
    rounds.further(Point::BeforeLook, 25).await;
    assert!(tried.load(Ordering::SeqCst) < 60, "{tried:?}");
    let used = "select coalesce(sum(attempt), 0) from jobs where state = 'ready'";
    assert_eq!(bench.number(used).await, 0);
    up.cancel();
    eventually_true("all done", SOON, async || {
        bench.number("select count(*) from effects").await == 200
    })
    .await;
    assert!(bench.queue.stats().await.paused.is_none());
    let most = "select max(attempt)::bigint from jobs";
    assert_eq!(bench.number(most).await, 1);
    bench.settles().await;
}

#[sqlx::test(migrations = false)]
async fn a_pause_by_an_operator_is_not_replaced(_: PgPoolOptions, options: PgConnectOptions) {
    let settings = with(tenth(), "breaker_after", 1);
    let bench = Bench::with(options, settings).await;
    let until = time::OffsetDateTime::now_utc();
    jobs::pause(&bench.pool, "interactive", until, "by hand")
        .await
        .unwrap();
    bench.enqueue(Uuid::new_v4()).await;
    let rounds = Rounds::counted();
    let _relay = bench.probed_relay(rounds.clone());
    let tried = Arc::new(AtomicUsize::new(0));
    let _worker = bench.worker(Needy {
        pool: bench.pool.clone(),
        up: CancellationToken::new(),
        tried: tried.clone(),
    });
    eventually_true("two tries", SOON, async || {
        tried.load(Ordering::SeqCst) >= 2
    })
    .await;
    assert_eq!(bench.queue.stats().await.paused.unwrap().reason, "by hand");
}
