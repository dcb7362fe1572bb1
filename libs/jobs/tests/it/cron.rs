//! Work that comes up again and again.

use std::sync::Arc;

use jobs::{Cron, Point, Relay};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testkit::eventually_true;

use crate::bench::{Bench, KIND, Running, SOON};
use crate::handlers::Prompt;
use crate::rounds::Rounds;

/// The last of these times is two hours past, and the next one far off.
fn daily() -> Cron {
    let last = time::OffsetDateTime::now_utc() - time::Duration::hours(2);
    Cron::Daily {
        hour: last.hour(),
        minute: last.minute(),
    }
}

#[sqlx::test(migrations = false)]
async fn each_time_is_one_job_however_many_relays_there_are(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let bench = Bench::new(options).await;
    let cron = daily();
    let rounds = Rounds::counted();
    let relay = || {
        let relay = Relay::new(bench.queue.clone(), bench.wake.clone());
        let relay = relay.kind(KIND, Arc::new(())).cron(KIND, cron);
        let relay = relay.probe(rounds.clone());
        Running::start(|stop| relay.run(stop))
    };
    let (_one, _other) = (relay(), relay());
    let _worker = bench.worker(Prompt(bench.pool.clone()));
    let done = async |count| {
        eventually_true("done", SOON, async || {
            bench
                .number("select count(*) from jobs where state = 'done'")
                .await
                == count
        })
        .await;
    };
    done(1).await;
    rounds.further(Point::BeforeRepair, 10).await;
    assert_eq!(bench.number("select count(*) from jobs").await, 1);
    // As if it had been another day's.
    sqlx::query("update jobs set key = gen_random_uuid()")
        .execute(&bench.pool)
        .await
        .unwrap();
    done(2).await;
    rounds.further(Point::BeforeRepair, 10).await;
    assert_eq!(bench.number("select count(*) from jobs").await, 2);
}
