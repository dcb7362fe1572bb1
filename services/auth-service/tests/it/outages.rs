use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::PgPool;

use crate::world::{PASSWORD, World, failure};

#[sqlx::test(migrations = "../../migrations/auth")]
async fn without_redis_only_codes_cannot_be_tried(pool: PgPool) {
    let mut world = World::with(&pool, &[("OTP__RESEND_AFTER_S", "0")]).await;
    let pair = world.sign_up("mira@example.org").await;
    let id = world.registration("otto@example.org").await;
    let code = world.code(&id).await;

    world.redis.kill().await;
    let refused = world.verify(&id, &code).await;
    assert_eq!(failure(&refused), "503 temporarily-unavailable");
    assert!(!refused.header("retry-after").is_empty());

    world.registration("ida@example.org").await;
    world
        .post("/v1/auth/register/resend", &json!({"registration_id": id}))
        .await
        .expect(202);
    world.login("mira@example.org", PASSWORD).await.expect(201);
    world.refresh(&pair.refresh_token).await.expect(200);
    world
        .client
        .get("/v1/me")
        .bearer(&pair.access_token)
        .send()
        .await
        .expect(200);
    let code = world.code(&id).await;
    world.client.get("/health").send().await.expect(200);

    world.redis.restart().await;
    testkit::eventually_true("a code works again", Duration::from_secs(10), async || {
        world.verify(&id, &code).await.code() == 201
    })
    .await;
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn a_redis_that_hangs_holds_nobody_up(pool: PgPool) {
    let world = World::start(&pool).await;
    let id = world.registration("mira@example.org").await;
    let code = world.code(&id).await;
    world.redis.pause();
    let began = Instant::now();
    assert_eq!(
        failure(&world.verify(&id, &code).await),
        "503 temporarily-unavailable"
    );
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    world.redis.resume();
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn without_postgres_everybody_is_told_soon(pool: PgPool) {
    let nowhere = format!("postgres://nobody@127.0.0.1:{}/none", testkit::free_port());
    let signed_in = {
        let world = World::start(&pool).await;
        let pair = world.sign_up("mira@example.org").await;
        world.stop().await;
        pair
    };
    let world = World::with(&pool, &[("POSTGRES__URL", &nowhere)]).await;
    let began = Instant::now();
    let refused = [
        world.register("otto@example.org").await,
        world.login("mira@example.org", PASSWORD).await,
        world.refresh(&signed_in.refresh_token).await,
        world
            .verify(&uuid::Uuid::nil().to_string(), "12345678")
            .await,
    ];
    // Each waits for a connection as long as it may, 4 s.
    let soon = Duration::from_secs(5) * 4;
    assert!(began.elapsed() < soon, "{:?}", began.elapsed());
    for reply in refused {
        assert_eq!(failure(&reply), "503 temporarily-unavailable");
        assert!(!reply.header("retry-after").is_empty());
    }
    let health = world.client.get("/health").send().await.expect(503).json();
    assert_eq!(health["status"], "down");
    world
        .client
        .get("/.well-known/jwks.json")
        .send()
        .await
        .expect(200);
    assert_eq!(world.ops("/livez").await.code(), 200);
    assert_eq!(world.ops("/health").await.code(), 503);
    world.stop().await;
}
