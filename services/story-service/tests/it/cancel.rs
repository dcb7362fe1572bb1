use std::sync::Arc;

use serde_json::json;
use sqlx::PgPool;
use testkit::{eventually, eventually_true};

use crate::world::{DEADLINE, World};
use crate::writers::{Endless, Workers};

async fn job_state(world: &World) -> String {
    let state = "select state from jobs";
    sqlx::query_scalar(state)
        .fetch_one(&world.pool)
        .await
        .unwrap()
}

#[sqlx::test]
async fn a_queued_story_is_cancelled_at_once(pool: PgPool) {
    let world = World::start(pool).await;
    let path = format!("/v1/stories/{}", world.ask(&json!({})).await);
    let cancel = async || world.post(&format!("{path}/cancel"), &json!({})).await;
    let cancelled = cancel().await.expect(202).json();
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(job_state(&world).await, "cancelled");
    assert_eq!(cancel().await.expect(409).json()["code"], "conflict");
    world.stop().await;
}

#[sqlx::test]
async fn a_running_story_is_cancelled_at_the_next_heartbeat(pool: PgPool) {
    let world = World::start(pool).await;
    let workers = Workers::start(&world, Arc::new(Endless));
    let id = world.ask(&json!({})).await;
    world.until(&id, "generating").await;
    let path = format!("/v1/stories/{id}/cancel");
    let token = world.token(1);
    let cancelled = world
        .client
        .post(&path)
        .bearer(&token)
        .send()
        .await
        .expect(202);
    assert_eq!(cancelled.json()["status"], "cancelled");
    let ended = async || job_state(&world).await == "cancelled";
    eventually_true("the worker has stopped", DEADLINE, ended).await;
    assert_eq!(world.story(&id).await["status"], "cancelled");
    workers.stop().await;
    world.stop().await;
}

#[sqlx::test]
async fn a_deleted_story_stops_its_worker(pool: PgPool) {
    let world = World::start(pool).await;
    let workers = Workers::start(&world, Arc::new(Endless));
    let id = world.ask(&json!({})).await;
    world.until(&id, "generating").await;
    let path = format!("/v1/stories/{id}");
    world
        .client
        .delete(&path)
        .bearer(&world.token(1))
        .send()
        .await
        .expect(204);
    let state = eventually(DEADLINE, async || {
        let state = job_state(&world).await;
        (state != "running").then_some(state)
    });
    assert_eq!(state.await, "cancelled");
    workers.stop().await;
    world.stop().await;
}

#[sqlx::test]
async fn a_written_story_cannot_be_cancelled(pool: PgPool) {
    let world = World::start(pool).await;
    let worker = world.worker().await;
    let id = world.ask(&json!({})).await;
    world.until(&id, "ready").await;
    let reply = world
        .post(&format!("/v1/stories/{id}/cancel"), &json!({}))
        .await;
    assert_eq!(reply.expect(409).json()["code"], "conflict");
    worker.stop().await;
    world.stop().await;
}
