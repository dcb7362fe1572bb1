use std::time::Duration;

use contracts::notification::Template;
use futures::future::join_all;
use serde_json::{Value, json};
use sqlx::PgPool;
use testkit::http::Reply;

use crate::world::{PASSWORD, World, failure};

async fn register(world: &World, key: &str, body: &Value) -> Reply {
    let request = world.client.post("/v1/auth/register").json(body);
    request.header("idempotency-key", key).send().await
}

fn body(email: &str) -> Value {
    json!({"email": email, "password": PASSWORD})
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn a_repeated_request_gets_the_first_answer(pool: PgPool) {
    let world = World::start(&pool).await;
    let first = register(&world, "\"k-1\"", &body("mira@example.org"))
        .await
        .expect(202);
    let second = register(&world, "k-1", &body("mira@example.org"))
        .await
        .expect(202);
    assert_eq!(first.body, second.body);
    assert_eq!(first.header("content-type"), second.header("content-type"));
    assert_eq!(world.mails(Template::VerifyEmail).await, 1);

    let other = register(&world, "k-1", &body("otto@example.org")).await;
    assert_eq!(failure(&other), "422 idempotency-key-reused");
    let new = register(&world, "k-2", &body("mira@example.org"))
        .await
        .expect(202);
    assert_ne!(first.body, new.body);
    for bad in ["\"\"", "\"", "a b", "a\"b", &"k".repeat(256)] {
        let refused = register(&world, bad, &body("mira@example.org")).await;
        assert_eq!(failure(&refused), "422 validation-failed", "{bad}");
    }
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn the_same_request_at_once_has_one_effect(pool: PgPool) {
    let world = World::start(&pool).await;
    let body = body("mira@example.org");
    let answers = join_all((0..16).map(|_| register(&world, "k", &body))).await;
    let answers: Vec<_> = answers.into_iter().map(|it| it.expect(202).body).collect();
    assert!(answers.iter().all(|it| *it == answers[0]));
    assert_eq!(world.mails(Template::VerifyEmail).await, 1);
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn a_request_that_is_still_at_work_is_waited_for_then_refused(pool: PgPool) {
    let world = World::start(&pool).await;
    // Another replica's transaction, which has the key and does not end.
    let mut running = pool.begin().await.unwrap();
    sqlx::query(
        "insert into idempotency_keys values ('127.0.0.1', 'POST /v1/auth/register', 'k', '',
             202, '[]', '', now() + interval '1 day')",
    )
    .execute(&mut *running)
    .await
    .unwrap();
    let began = std::time::Instant::now();
    let refused = register(&world, "k", &body("mira@example.org")).await;
    assert_eq!(failure(&refused), "409 conflict");
    assert!(began.elapsed() >= Duration::from_millis(1900));
    running.rollback().await.unwrap();
    register(&world, "k", &body("mira@example.org"))
        .await
        .expect(202);
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn no_password_can_be_guessed_from_what_is_kept(pool: PgPool) {
    let world = World::start(&pool).await;
    register(&world, "k", &body("mira@example.org"))
        .await
        .expect(202);
    let select = "select encode(fingerprint, 'hex') from idempotency_keys";
    let kept: String = sqlx::query_scalar(select).fetch_one(&pool).await.unwrap();
    world.stop().await;

    let other = World::start(&pool).await;
    let reused = register(&other, "k", &body("mira@example.org")).await;
    assert_eq!(
        failure(&reused),
        "422 idempotency-key-reused",
        "the key of fingerprints is ours"
    );
    assert_eq!(kept.len(), 64);
    other.stop().await;
}
