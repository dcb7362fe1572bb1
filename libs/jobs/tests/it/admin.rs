//! What operators are told.

use std::time::Duration;

use contracts::admin::DescribeRequest;
use contracts::admin::jobs_admin_server::JobsAdmin as _;
use jobs::{Admin, Failure};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::OffsetDateTime;
use tonic::Request;
use uuid::Uuid;

use crate::bench::{Bench, stream, tenth, with};
use crate::handlers::{Failing, cause};

async fn describe(bench: &Bench) -> contracts::admin::Queue {
    let admin = Admin::new(vec![bench.queue.clone()]);
    let described = admin.describe(Request::new(DescribeRequest {})).await;
    described.unwrap().into_inner().queues.pop().unwrap()
}

#[sqlx::test(migrations = false)]
async fn a_queue_is_described_in_numbers(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    let job = bench.enqueue(Uuid::new_v4()).await;
    bench.reaches(job, "queued").await;
    let queue = describe(&bench).await;
    assert_eq!(queue.stream, stream());
    assert_eq!((queue.lag, queue.pending), (Some(1), Some(0)));
    assert_eq!((queue.queued, queue.running), (Some(1), Some(0)));
    assert_eq!((queue.dead, queue.slots), (Some(0), Some(0)));
    assert!(queue.oldest_ms.is_some());
    assert_eq!(queue.paused_for, "");
    assert!(queue.troubles.is_empty());
}

#[sqlx::test(migrations = false)]
async fn what_goes_wrong_is_told_with_how_often(_: PgPoolOptions, options: PgConnectOptions) {
    let patient = with(tenth(), "backoff_ms", 60_000);
    let bench = Bench::with(options, with(patient, "backoff_cap_ms", 60_000)).await;
    let _relay = bench.relay();
    let worker = bench.worker(Failing::new(&bench.pool, 2, || Failure::Reject(cause())).0);
    for _ in 0..2 {
        let job = bench.enqueue(Uuid::new_v4()).await;
        bench.reaches(job, "dead").await;
    }
    worker.stop().await;
    let _worker = bench.worker(Failing::new(&bench.pool, 1, || Failure::Retry(cause())).0);
    let job = bench.enqueue(Uuid::new_v4()).await;
    testkit::eventually_true("a first try", crate::bench::SOON, async || {
        bench.row(job).await.attempt == 1 && bench.row(job).await.state == "ready"
    })
    .await;
    let queue = describe(&bench).await;
    let [trouble] = &queue.troubles[..] else {
        panic!("{:?}", queue.troubles);
    };
    assert_eq!(trouble.error, cause().to_string());
    assert_eq!((trouble.jobs, trouble.dead), (3, 2));
    assert_eq!(queue.dead, Some(2));
}

#[sqlx::test(migrations = false)]
async fn a_pause_is_told_with_its_reason(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let until = OffsetDateTime::now_utc() + Duration::from_hours(1);
    let paused = jobs::pause(&bench.pool, "interactive", until, "budget is spent");
    paused.await.unwrap();
    assert_eq!(describe(&bench).await.paused_for, "budget is spent");
}

/// The numbers of one store are told while the other is away.
#[sqlx::test(migrations = false)]
async fn what_cannot_be_learned_is_absent(_: PgPoolOptions, options: PgConnectOptions) {
    let mut bench = Bench::new(options).await;
    let job = bench.enqueue(Uuid::new_v4()).await;
    bench.redis.kill().await;
    let queue = describe(&bench).await;
    assert_eq!((queue.lag, queue.pending), (None, None));
    assert_eq!(queue.ready, Some(1), "{job}");
}
