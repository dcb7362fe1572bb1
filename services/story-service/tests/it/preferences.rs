use serde_json::{Value, json};
use sqlx::PgPool;
use testkit::http::Reply;

use crate::world::World;

async fn put(world: &World, condition: Option<(&str, &str)>, body: &Value) -> Reply {
    let request = world
        .client
        .put("/v1/preferences")
        .bearer(&world.token(1))
        .json(body);
    match condition {
        Some((name, value)) => request.header(name, value).send().await,
        None => request.send().await,
    }
}

#[sqlx::test]
async fn preferences_are_kept_by_version(pool: PgPool) {
    let world = World::start(pool).await;
    let any = Some(("if-none-match", "*"));
    let path = "/v1/preferences";
    world.get(path).await.expect(404);
    let cosy = json!({"tone": "cosy", "avoid": ["bees", "falling"], "deliver": false});
    let missing = put(&world, None, &cosy).await.expect(428);
    assert_eq!(missing.json()["code"], "precondition-required");
    put(&world, Some(("if-match", "\"v1\"")), &cosy)
        .await
        .expect(412);

    let first = put(&world, any, &cosy).await.expect(200);
    assert_eq!(first.header("etag"), "\"v1\"");
    put(&world, any, &cosy).await.expect(412);
    let read = world.get(path).await.expect(200);
    assert_eq!(read.header("etag"), "\"v1\"");
    let mut body = read.json();
    assert_eq!(
        (&body["tone"], &body["hero"]),
        (&json!("cosy"), &Value::Null)
    );
    assert_eq!(body["avoid"], json!(["bees", "falling"]));

    body["tone"] = json!("brave");
    let second = put(&world, Some(("if-match", "\"v1\"")), &body)
        .await
        .expect(200);
    assert_eq!(second.header("etag"), "\"v2\"");
    let stale = put(&world, Some(("if-match", "\"v1\"")), &body)
        .await
        .expect(412);
    assert_eq!(stale.json()["code"], "precondition-failed");
    let known = world.client.get(path).bearer(&world.token(1));
    known
        .header("if-none-match", "\"v2\"")
        .send()
        .await
        .expect(304);
    world
        .client
        .get(path)
        .bearer(&world.token(2))
        .send()
        .await
        .expect(404);
    world.stop().await;
}

#[sqlx::test]
async fn preferences_are_strict(pool: PgPool) {
    let world = World::start(pool).await;
    let check = async |body: Value, pointers: &[(&str, &str)]| {
        let problem = put(&world, Some(("if-none-match", "*")), &body)
            .await
            .expect(422)
            .json();
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
        assert_eq!(found, pointers, "{body}");
    };
    check(json!({"theme": "a kite"}), &[("/theme", "unknown_field")]).await;
    check(json!({"seed": 1}), &[("/seed", "unknown_field")]).await;
    check(json!({"words": 10}), &[("/words", "out_of_range")]).await;
    let clash = json!({
        "hero": {"name": "Rex", "pronouns": "he", "kind": "dog"}, "avoid": ["dogs"],
    });
    check(
        clash,
        &[("/avoid/0", "conflict"), ("/hero/kind", "conflict")],
    )
    .await;
    world.get("/v1/preferences").await.expect(404);
    world.stop().await;
}
