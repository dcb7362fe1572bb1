//! Tenants take turns.

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use uuid::Uuid;

use crate::bench::{Bench, KIND};
use crate::handlers::Prompt;

#[sqlx::test(migrations = false)]
async fn a_long_backlog_of_one_tenant_does_not_hold_up_another(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let bench = Bench::new(options).await;
    sqlx::query(
        "insert into jobs (kind, key, tenant) select $1, gen_random_uuid(), $2
         from generate_series(1, 10000)",
    )
    .bind(KIND)
    .bind(Uuid::from_u128(1))
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
    let before = bench.number("select count(*) from effects").await;
    assert!(
        before < 2_000,
        "{before} jobs of the other tenant went before"
    );
    let waiting = bench.queue.stats().await.queued.unwrap();
    assert!(
        waiting <= 16,
        "{waiting} jobs are published, more than the window holds"
    );
}
