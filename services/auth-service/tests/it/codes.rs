use std::time::Duration;

use contracts::notification::Template;
use futures::future::join_all;
use serde_json::json;
use sqlx::PgPool;

use crate::world::{World, failure};

#[sqlx::test(migrations = "../../migrations/auth")]
async fn of_many_right_codes_at_once_one_wins(pool: PgPool) {
    let world = World::start(&pool).await;
    for round in 0..4 {
        let id = world
            .registration(&format!("mira{round}@example.org"))
            .await;
        let code = world.code(&id).await;
        let answers = join_all((0..32).map(|_| world.verify(&id, &code))).await;
        let mut answers: Vec<_> = answers.iter().map(failure).collect();
        answers.sort();
        assert_eq!(answers.first().map(String::as_str), Some("201 "));
        assert!(
            answers[1..].iter().all(|it| it == "410 code-expired"),
            "{answers:?}"
        );
    }
    let users: i64 = sqlx::query_scalar("select count(*) from users")
        .fetch_one(&pool)
        .await
        .unwrap();
    let sessions = sqlx::query_scalar("select count(*) from auth_sessions");
    let sessions: i64 = sessions.fetch_one(&pool).await.unwrap();
    assert_eq!((users, sessions), (4, 4));
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn of_many_wrong_codes_at_once_five_are_compared(pool: PgPool) {
    let world = World::start(&pool).await;
    let id = world.registration("mira@example.org").await;
    let code = world.wrong_code(&id).await;
    let answers = join_all((0..32).map(|_| world.verify(&id, &code))).await;
    let compared = answers.iter().filter(|it| it.problem() == "invalid-code");
    let mut left: Vec<_> = compared
        .map(|it| it.json()["attempts_left"].as_u64())
        .collect();
    left.sort_unstable();
    assert_eq!(left, [0, 1, 2, 3, 4].map(Some));
    assert_eq!(
        answers
            .iter()
            .filter(|it| failure(it) == "410 code-expired")
            .count(),
        27
    );

    // Locked for good: neither the right code nor a lost Redis opens it again.
    world.redis.cli(&["FLUSHALL"]).await;
    let refused = world.verification(&id).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
    assert_eq!(failure(&world.verify(&id, &code).await), "410 code-expired");
    let resent = world
        .post("/v1/auth/register/resend", &json!({"registration_id": id}))
        .await;
    assert_eq!(failure(&resent), "410 code-expired");
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn a_lost_redis_loses_no_code(pool: PgPool) {
    let world = World::start(&pool).await;
    let id = world.registration("mira@example.org").await;
    let code = world.code(&id).await;
    world.redis.cli(&["FLUSHALL"]).await;
    world.verify(&id, &code).await.expect(201);
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn neither_postgres_nor_redis_holds_a_code(pool: PgPool) {
    let world = World::start(&pool).await;
    let id = world.registration("mira@example.org").await;
    let code = world.code(&id).await;
    let redis = redis::Client::open(world.redis.url()).unwrap();
    let mut redis = redis.get_multiplexed_async_connection().await.unwrap();
    let get = redis::cmd("GET").arg(format!("otp:register:{id}")).clone();
    let kept: Vec<u8> = get.query_async(&mut redis).await.unwrap();
    assert_eq!(kept.len(), 32, "a hash");
    let row = "select count(*) from registrations r where r::text like '%' || $1 || '%'";
    let outbox =
        "select count(*) from outbox o where encode(payload, 'escape') like '%' || $1 || '%'";
    for query in [row, outbox] {
        let found: i64 = sqlx::query_scalar(query)
            .bind(&code)
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(found, 0);
    }
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn a_resent_code_replaces_the_one_before(pool: PgPool) {
    let settings = [("OTP__RESEND_AFTER_S", "0"), ("RATELIMIT__ENABLED", "true")];
    let world = World::with(&pool, &settings).await;
    let id = world.registration("mira@example.org").await;
    let resend = async || {
        let body = json!({"registration_id": id});
        world.post("/v1/auth/register/resend", &body).await
    };
    let old = world.code(&id).await;
    let wrong = world.verify(&id, &world.wrong_code(&id).await).await;
    assert_eq!(wrong.json()["attempts_left"], 4);

    resend().await.expect(202);
    let refused = world.verify(&id, &old).await;
    assert_eq!(failure(&refused), "400 invalid-code");
    assert_eq!(
        refused.json()["attempts_left"],
        3,
        "tries are not given back"
    );
    for _ in 0..4 {
        resend().await.expect(202);
    }
    let sixth = resend().await;
    assert_eq!(failure(&sixth), "429 rate-limited");
    let wait: u64 = sixth.header("retry-after").parse().unwrap();
    assert!(wait > Duration::from_hours(23).as_secs());
    assert_eq!(world.mails(Template::VerifyEmail).await, 6);

    let new = world.code(&id).await;
    world.verify(&id, &new).await.expect(201);
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn a_resend_too_early_is_told_when(pool: PgPool) {
    let world = World::start(&pool).await;
    let id = world.registration("mira@example.org").await;
    let early = world
        .post("/v1/auth/register/resend", &json!({"registration_id": id}))
        .await;
    assert_eq!(failure(&early), "429 rate-limited");
    let wait: u64 = early.header("retry-after").parse().unwrap();
    assert!((50..=60).contains(&wait), "{wait}");
    world.stop().await;
}
