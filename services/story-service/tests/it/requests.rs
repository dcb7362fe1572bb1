//! What is refused, and what counts once.

use serde_json::{Value, json};
use sqlx::PgPool;
use testkit::http::Reply;

use crate::world::{World, lantern};

#[sqlx::test]
async fn bad_requests_are_told_everything_that_is_wrong(pool: PgPool) {
    let world = World::start(pool).await;
    let check = async |body: Value, wanted: &[(&str, &str)]| {
        let problem = world.post("/v1/stories", &body).await.expect(422).json();
        assert_eq!(problem["code"], "validation-failed");
        let errors = problem["errors"].as_array().unwrap();
        let found: Vec<_> = errors
            .iter()
            .map(|it| {
                (
                    it["pointer"].as_str().unwrap(),
                    it["code"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(found, wanted, "{body}");
    };
    let wrong = json!({
        "theme": "ab", "genre": "western", "tone": "Cosy", "place": "x", "age_band": "7",
        "hero": {"name": "R2D2", "pronouns": "it", "kind": "droid"},
        "cast": [{"name": "Otto", "kind": "dog"}, {"name": "", "pronouns": "she", "kind": "cat"}],
        "avoid": ["bees", "the", "x".repeat(41)], "words": 149, "language": "de", "seed": -1,
    });
    let all = [
        ("/theme", "too_short"),
        ("/seed", "out_of_range"),
        ("/genre", "unknown_value"),
        ("/tone", "unknown_value"),
        ("/place", "too_short"),
        ("/age_band", "unknown_value"),
        ("/words", "out_of_range"),
        ("/language", "unsupported"),
        ("/hero/name", "bad_character"),
        ("/hero/pronouns", "unknown_value"),
        ("/hero/kind", "unknown_value"),
        ("/cast/0/pronouns", "required"),
        ("/cast/1/name", "too_short"),
        ("/avoid/1", "too_common"),
        ("/avoid/2", "too_long"),
    ];
    let found = world.post("/v1/stories", &wrong).await.expect(422).json();
    let errors = found["errors"].as_array().unwrap();
    for (pointer, code) in all {
        let told = errors
            .iter()
            .any(|it| it["pointer"] == pointer && it["code"] == code);
        assert!(told, "{pointer} {code}: {found}");
    }
    assert_eq!(errors.len(), all.len(), "{found}");

    check(json!({"admin": true}), &[("/admin", "unknown_field")]).await;
    check(
        json!({"hero": {"nom": "x"}}),
        &[("/hero/nom", "unknown_field")],
    )
    .await;
    check(json!({"words": "300"}), &[("/words", "wrong_type")]).await;
    check(json!({"words": 300.5}), &[("/words", "wrong_type")]).await;
    check(
        json!({"theme": "a\0kite"}),
        &[("/theme", "control_character")],
    )
    .await;
    check(json!({"seed": 1_u64 << 53}), &[("/seed", "out_of_range")]).await;
    let many = vec![json!({"name": "Ada", "pronouns": "she", "kind": "cat"}); 8];
    check(json!({"cast": many}), &[("/cast", "too_many")]).await;
    check(
        json!({"avoid": vec!["bees"; 21]}),
        &[("/avoid", "too_many")],
    )
    .await;
    let clash = json!({"theme": "a dog that sings", "avoid": ["animals"]});
    check(clash, &[("/avoid/0", "conflict"), ("/theme", "conflict")]).await;
    let rows: i64 = count(&world.pool, "select count(*) from stories").await;
    assert_eq!(rows, 0);
    world.stop().await;
}

#[sqlx::test]
async fn what_cannot_be_understood_is_a_problem_too(pool: PgPool) {
    let world = World::start(pool).await;
    let check = |reply: Reply, status: u16, code: &str| {
        let reply = reply.expect(status);
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert_eq!(reply.json()["code"], code);
    };
    let body = async |content_type: &str, body: String| {
        let request = world.client.post("/v1/stories").bearer(&world.token(1));
        request.body(content_type, body).send().await
    };
    let json = "application/json";
    check(body(json, "{".into()).await, 400, "malformed-json");
    check(body(json, "[".repeat(10_000)).await, 400, "malformed-json");
    check(
        body(json, r#"{"theme":"\ud800"}"#.into()).await,
        400,
        "malformed-json",
    );
    check(
        body("text/plain", "{}".into()).await,
        415,
        "unsupported-media-type",
    );
    let large = format!(r#"{{"theme":"{}"}}"#, "x".repeat(70_000));
    check(body(json, large).await, 413, "body-too-large");

    check(world.get("/v1/nowhere").await, 404, "not-found");
    check(world.get("/v1/stories/not-an-id").await, 404, "not-found");
    let put = world
        .client
        .put("/v1/stories")
        .bearer(&world.token(1))
        .send()
        .await;
    check(put, 405, "method-not-allowed");
    check(
        world.get("/v1/stories?limit=0").await,
        422,
        "validation-failed",
    );
    check(
        world.get("/v1/stories?limit=101").await,
        422,
        "validation-failed",
    );
    check(
        world.get("/v1/stories?cursor=abc").await,
        422,
        "validation-failed",
    );
    check(
        world.get("/v1/stories?status=new").await,
        422,
        "validation-failed",
    );
    check(
        world.get("/v1/stories?page=2").await,
        422,
        "validation-failed",
    );
    let html = world.client.get("/v1/stories").bearer(&world.token(1));
    check(
        html.header("accept", "text/html").send().await,
        406,
        "not-acceptable",
    );
    world.stop().await;
}

#[sqlx::test]
async fn nobody_comes_in_without_a_token(pool: PgPool) {
    let world = World::start(pool).await;
    let none = world.client.get("/v1/stories").send().await.expect(401);
    assert_eq!(none.json()["code"], "unauthenticated");
    assert!(!none.header("www-authenticate").is_empty());
    let long = "x".repeat(5_000);
    for bad in ["nonsense", &world.token_for(1, -60), &long] {
        let reply = world.client.post("/v1/stories").bearer(bad).send().await;
        assert_eq!(reply.expect(401).json()["code"], "unauthenticated");
    }
    world.stop().await;
}

async fn with_key(world: &World, key: &str, body: &Value) -> Reply {
    let request = world
        .client
        .post("/v1/stories")
        .bearer(&world.token(1))
        .json(body);
    request.header("idempotency-key", key).send().await
}

#[sqlx::test]
async fn a_key_makes_a_request_count_once(pool: PgPool) {
    let world = World::start(pool).await;
    let first = with_key(&world, "\"key-1\"", &lantern()).await.expect(202);
    let again = with_key(&world, "key-1", &lantern()).await.expect(202);
    assert_eq!(first.body, again.body);
    for header in ["location", "retry-after", "content-type"] {
        assert_eq!(first.header(header), again.header(header));
    }
    let other = with_key(&world, "key-1", &json!({})).await.expect(422);
    assert_eq!(other.json()["code"], "idempotency-key-reused");
    let another = with_key(&world, "key-2", &lantern()).await.expect(202);
    assert_ne!(first.json()["id"], another.json()["id"]);

    let stranger = world
        .client
        .post("/v1/stories")
        .bearer(&world.token(2))
        .json(&lantern());
    let stranger = stranger
        .header("idempotency-key", "key-1")
        .send()
        .await
        .expect(202);
    assert_ne!(first.json()["id"], stranger.json()["id"]);
    for bad in ["", "\"\"", "\"", "a b", "a\"b", &"x".repeat(256)] {
        with_key(&world, bad, &lantern()).await.expect(422);
    }
    assert_eq!(count(&world.pool, "select count(*) from stories").await, 3);
    world.stop().await;
}

#[sqlx::test]
async fn a_refused_request_leaves_its_key_free(pool: PgPool) {
    let world = World::start(pool).await;
    with_key(&world, "key", &json!({"words": 1}))
        .await
        .expect(422);
    with_key(&world, "key", &json!({"words": 200}))
        .await
        .expect(202);
    world.stop().await;
}

#[sqlx::test]
async fn a_reader_has_so_many_stories_a_day(pool: PgPool) {
    let own = [
        ("STORY__RATELIMIT__ENABLED", "true"),
        ("STORY__RATELIMIT__SOCKET", "/nowhere/ratelimit.sock"),
        ("STORY__QUOTA__STORIES_PER_DAY", "2"),
    ];
    let world = World::start_with(pool, &own).await;
    with_key(&world, "key", &json!({})).await.expect(202);
    with_key(&world, "key", &json!({})).await.expect(202);
    world.ask(&json!({})).await;
    let refused = world.post("/v1/stories", &json!({})).await.expect(429);
    assert_eq!(refused.json()["code"], "quota-exceeded");
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=86_400).contains(&wait));
    let other = world
        .client
        .post("/v1/stories")
        .bearer(&world.token(2))
        .send()
        .await;
    other.expect(202);
    world.stop().await;
}

async fn count(pool: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(pool).await.unwrap()
}
