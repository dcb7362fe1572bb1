use std::str::FromStr as _;
use std::time::{Duration, Instant};

use jobs::Failure;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testkit::eventually_true;
use uuid::Uuid;

use crate::bench::{Answer, Bench, Receiver, SOON, cause};

async fn is_delivered(bench: &Bench) {
    eventually_true("an empty outbox", SOON, async || bench.waiting().await == 0).await;
}

#[sqlx::test(migrations = false)]
async fn a_message_arrives_at_once_and_once(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let receiver = Receiver::with(vec![]);
    // The poll is far away: the wake alone brings it.
    let _relay = bench.relay_of("test.topic", &receiver, 60_000);
    let id = Uuid::new_v4();
    let put = Instant::now();
    bench.put(id).await;
    bench.put(id).await;
    is_delivered(&bench).await;
    assert!(put.elapsed() < Duration::from_secs(5));
    assert_eq!(
        *receiver.got.lock().unwrap(),
        [(id, b"what is said".to_vec())]
    );
}

#[sqlx::test(migrations = false)]
async fn what_is_rolled_back_was_never_said(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let mut tx = bench.pool.begin().await.unwrap();
    let message = outbox::Message {
        id: Uuid::new_v4(),
        topic: "test.topic",
        payload: vec![],
    };
    outbox::put(&mut tx, &message).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(bench.waiting().await, 0);
}

#[sqlx::test(migrations = false)]
async fn failures_of_every_kind_are_tried_again(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let after = Duration::from_millis(10);
    let receiver = Receiver::with(vec![
        Answer::Fail(Failure::Unavailable(cause())),
        Answer::Fail(Failure::Retry(cause())),
        Answer::Fail(Failure::Snooze {
            cause: cause(),
            after,
        }),
        Answer::Panic,
        Answer::Hang,
        Answer::Fail(Failure::Superseded),
    ]);
    let _relay = bench.relay(&receiver);
    bench.put(Uuid::new_v4()).await;
    is_delivered(&bench).await;
    assert_eq!(receiver.calls(), 7);
}

#[sqlx::test(migrations = false)]
async fn a_refused_message_is_kept_and_not_tried_again(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let bench = Bench::new(options).await;
    let receiver = Receiver::with(vec![Answer::Fail(Failure::Reject(cause()))]);
    let _relay = bench.relay(&receiver);
    bench.put(Uuid::new_v4()).await;
    is_delivered(&bench).await;
    bench.put(Uuid::new_v4()).await;
    is_delivered(&bench).await;
    assert_eq!(receiver.calls(), 2);
    assert_eq!(
        bench
            .number("select count(*) from outbox where refused_at is not null")
            .await,
        1
    );
    assert_eq!(
        bench
            .number("select count(*) from outbox where sent_at is not null")
            .await,
        1
    );
}

#[sqlx::test(migrations = false)]
async fn messages_of_other_topics_wait(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let receiver = Receiver::with(vec![]);
    let other = bench.relay_of("another.topic", &receiver, 20);
    bench.put(Uuid::new_v4()).await;
    other.stop().await;
    assert_eq!((receiver.calls(), bench.waiting().await), (0, 1));
    let _relay = bench.relay(&receiver);
    is_delivered(&bench).await;
}

#[sqlx::test(migrations = false)]
async fn what_a_dead_relay_held_is_delivered_by_another(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let bench = Bench::new(options).await;
    let receiver = Receiver::with(vec![Answer::Hang]);
    let relay = bench.relay(&receiver);
    bench.put(Uuid::new_v4()).await;
    eventually_true("a delivery", SOON, async || receiver.calls() == 1).await;
    relay.kill().await;
    let _heir = bench.relay(&receiver);
    is_delivered(&bench).await;
    assert_eq!(receiver.calls(), 2);
}

#[sqlx::test(migrations = false)]
async fn many_relays_share_many_messages(_: PgPoolOptions, options: PgConnectOptions) {
    let bench = Bench::new(options).await;
    let receiver = Receiver::with(vec![]);
    let relays = [bench.relay(&receiver), bench.relay(&receiver)];
    for _ in 0..100 {
        bench.put(Uuid::new_v4()).await;
    }
    is_delivered(&bench).await;
    assert_eq!(receiver.calls(), 100);
    for relay in relays {
        relay.stop().await;
    }
}

#[tokio::test]
async fn an_outage_of_postgres_is_survived() {
    let mut postgres = testkit::Postgres::start().await;
    postgres.create_database("outbox").await;
    let options = PgConnectOptions::from_str(&postgres.url("outbox")).unwrap();
    let bench = Bench::new(options).await;
    let receiver = Receiver::with(vec![]);
    let relay = bench.relay(&receiver);
    bench.put(Uuid::new_v4()).await;
    is_delivered(&bench).await;
    postgres.kill().await;
    postgres.restart().await;
    bench.put(Uuid::new_v4()).await;
    is_delivered(&bench).await;
    assert_eq!(receiver.calls(), 2);
    relay.stop().await;
}
