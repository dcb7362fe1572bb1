//! What goes wrong outside.

use std::sync::Arc;

use serde_json::{Value, json};
use sqlx::PgPool;
use testkit::eventually;

use crate::world::{DEADLINE, World};
use crate::writers::{Speechless, Workers};

#[sqlx::test]
async fn a_story_whose_job_dies_has_failed(pool: PgPool) {
    let world = World::start(pool).await;
    let workers = Workers::start(&world, Arc::new(Speechless));
    let id = world.ask(&json!({})).await;
    let failed = world.until(&id, "failed").await;
    assert_eq!(failed["error"]["code"], "validation-failed");
    assert_eq!(failed["error"]["status"], 422);
    let page = "http://localhost:8080/problems/validation-failed";
    assert_eq!(failed["error"]["type"], page);
    let letters = "select count(*) from dead_letters";
    let letters: i64 = sqlx::query_scalar(letters)
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!(letters, 1);
    workers.stop().await;
    world.stop().await;
}

#[sqlx::test]
async fn stories_are_taken_while_redis_is_down_and_written_afterwards(pool: PgPool) {
    let mut world = World::start(pool).await;
    let worker = world.worker().await;
    world.redis.stop().await;
    let id = world.ask(&json!({"deliver": false})).await;
    world.get("/v1/stories").await.expect(200);
    let path = format!("/v1/stories/{id}/cancel");
    let other = world.ask(&json!({})).await;
    let cancel = format!("/v1/stories/{other}/cancel");
    assert_eq!(
        world.post(&cancel, &json!({})).await.expect(202).json()["status"],
        "cancelled"
    );
    world
        .get(&format!("/v1/stories/{id}/content"))
        .await
        .expect(409);
    world.redis.restart().await;
    let ready = world.until(&id, "ready").await;
    assert_eq!(ready["error"], Value::Null);
    world.post(&path, &json!({})).await.expect(409);
    worker.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn requests_wait_for_postgres_and_workers_survive_it() {
    let mut postgres = testkit::Postgres::start().await;
    postgres.create_database("storyloom").await;
    let pool = PgPool::connect(&postgres.url("storyloom")).await.unwrap();
    sqlx::migrate!("../../migrations/story")
        .run(&pool)
        .await
        .unwrap();
    let world = World::start(pool).await;
    let worker = world.worker().await;
    postgres.stop().await;
    let away = world.post("/v1/stories", &json!({})).await.expect(503);
    assert_eq!(away.json()["code"], "temporarily-unavailable");
    assert!(!away.header("retry-after").is_empty());
    postgres.restart().await;
    let id = eventually(DEADLINE, async || {
        let reply = world.post("/v1/stories", &json!({"deliver": false})).await;
        (reply.code() == 202).then(|| reply.json()["id"].as_str().unwrap().to_owned())
    });
    let id = id.await;
    world.until(&id, "ready").await;
    assert!(worker.stop().await, "the worker lived through it");
    world.stop().await;
}
