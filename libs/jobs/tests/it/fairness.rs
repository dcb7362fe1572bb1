//! Tenants take turns.

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use uuid::Uuid;

use crate::bench::{Bench, KIND};
use crate::handlers::Prompt;

/// One tenant has `backlog` jobs due; then another asks for one. Answers how many jobs were done
/// when that one was.
async fn jobs_before_another_tenants(options: PgConnectOptions, backlog: i32) -> i64 {
    let bench = Bench::new(options).await;
    sqlx::query(
        "insert into jobs (kind, key, tenant) select $1, gen_random_uuid(), $2
         from generate_series(1, $3)",
    )
    .bind(KIND)
    .bind(Uuid::from_u128(1))
    .bind(backlog)
    .execute(&bench.pool)
    .await
    .unwrap();
    let _relay = bench.relay();
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    let late = bench
        .enqueue_for(Uuid::new_v4(), Uuid::from_u128(2))
        .await
        .id();
    bench.reaches(late, "done").await;
    let waiting = bench.queue.stats().await.queued.unwrap();
    assert!(
        waiting <= 16,
        "{waiting} jobs are published, more than the window holds"
    );
    bench.number("select count(*) from effects").await
}

#[sqlx::test(migrations = false)]
async fn a_backlog_of_one_tenant_does_not_hold_up_another(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let before = jobs_before_another_tenants(options, 900).await;
    assert!(before < 400, "{before} went before");
}

#[sqlx::test(migrations = false)]
async fn a_long_backlog_of_one_tenant_does_not_hold_up_another(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let before = jobs_before_another_tenants(options, 10_000).await;
    assert!(before < 1_000, "{before} went before");
}
