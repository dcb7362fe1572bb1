//! What is over is forgotten in the end, and nothing else.

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testkit::eventually_true;

use crate::bench::{Bench, SOON};

const MONTHS: &str = "
    insert into jobs (kind, key, tenant, state, queued_at, created_at, run_at)
    select 'test', gen_random_uuid(), gen_random_uuid(), state, queued_at,
           now() - interval '60 days', now() + interval '1 day'
    from unnest(array['ready', 'queued', 'running', 'parked', 'dead', 'done', 'cancelled']) as state
    cross join (values (null), (now() - interval '8 days'), (now() - interval '1 day'))
        as times (queued_at)";
const LEFT: &str = "select count(*) from jobs where state in ('done', 'cancelled')";

#[sqlx::test(migrations = false)]
async fn what_is_over_for_a_week_is_forgotten(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    sqlx::query(MONTHS).execute(&bench.pool).await.unwrap();
    let _relay = bench.relay();
    eventually_true("the old are forgotten", SOON, async || {
        bench.number(LEFT).await == 2
    })
    .await;
    let fresh = "select count(*) from jobs where state in ('done', 'cancelled')
                 and queued_at > now() - interval '2 days'";
    assert_eq!(bench.number(fresh).await, 2);
    let others = "select count(*) from jobs where state not in ('done', 'cancelled')";
    assert_eq!(bench.number(others).await, 15);
}
