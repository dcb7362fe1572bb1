//! Following a story while it is written.

use std::sync::Arc;

use serde_json::{Value, json};
use sqlx::PgPool;
use testkit::http::Event;

use crate::world::{World, lantern};
use crate::writers::{Endless, Speechless, Workers};

/// Everything that comes until the stream ends.
async fn follow(world: &World, id: &str, last: Option<&str>) -> Vec<Event> {
    let mut request = world.client.get(&format!("/v1/stories/{id}/events"));
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let mut events = request.bearer(&world.token(1)).events().await.unwrap();
    let mut heard = Vec::new();
    while let Some(event) = events.next().await.unwrap() {
        heard.push(event);
    }
    heard
}

fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.name.as_str()).collect()
}

fn data(event: &Event) -> Value {
    serde_json::from_str(&event.data).unwrap()
}

#[sqlx::test]
async fn a_story_is_told_as_it_is_written(pool: PgPool) {
    let world = World::start(pool).await;
    let mut wish = lantern();
    wish["deliver"] = json!(false);
    let id = world.ask(&wish).await;
    let (worker, events) = tokio::join!(world.worker(), follow(&world, &id, None));

    let story = world.story(&id).await;
    let plan = data(&events[0]);
    assert_eq!(
        (events[0].name.as_str(), &plan["title"]),
        ("plan", &story["title"])
    );
    let told = names(&events);
    let scenes = told.iter().filter(|name| **name == "scene").count();
    assert_eq!(plan["beats"], scenes);
    assert_eq!(told.last(), Some(&"ready"));
    assert_eq!(told.iter().filter(|name| **name == "ready").count(), 1);
    assert!(events.iter().all(|event| !event.id.is_empty()));
    let chunks = events.iter().filter(|event| event.name == "chunk");
    let text: String = chunks
        .map(|it| data(it)["text"].as_str().unwrap().to_owned())
        .collect();
    let content = world.get(&format!("/v1/stories/{id}/content")).await.text();
    let paragraphs = content.split_once("\n\n").unwrap().1;
    assert_eq!(text.trim_end(), paragraphs.trim_end());

    let middle = events.len() / 2;
    let rest = follow(&world, &id, Some(&events[middle].id)).await;
    let ids = |events: &[Event]| events.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&rest), ids(&events[middle + 1..]));
    // Which tells an EventSource not to come back.
    let path = format!("/v1/stories/{id}/events");
    let last = &events[events.len() - 1].id;
    let request = world.client.get(&path).bearer(&world.token(1));
    let nothing = request.header("last-event-id", last).send().await;
    assert_eq!(nothing.expect(204).body.len(), 0);
    worker.stop().await;
    world.stop().await;
}

#[sqlx::test]
async fn lost_news_are_told_from_the_row(pool: PgPool) {
    let world = World::start(pool).await;
    let worker = world.worker().await;
    let id = world.ask(&json!({"deliver": false})).await;
    world.until(&id, "ready").await;
    world.redis.cli(&["FLUSHALL"]).await;
    let events = follow(&world, &id, None).await;
    assert_eq!(names(&events), ["ready"]);
    assert_eq!(events[0].id, "");
    worker.stop().await;
    world.stop().await;
}

#[sqlx::test]
async fn a_cancelled_story_ends_its_stream(pool: PgPool) {
    let world = World::start(pool).await;
    let workers = Workers::start(&world, Arc::new(Endless));
    let id = world.ask(&json!({})).await;
    let path = format!("/v1/stories/{id}/events");
    let request = world.client.get(&path).bearer(&world.token(1));
    let mut events = request.events().await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap().name, "plan");
    world
        .post(&format!("/v1/stories/{id}/cancel"), &json!({}))
        .await
        .expect(202);
    let last = events.next().await.unwrap().unwrap();
    assert_eq!((last.name.as_str(), data(&last)), ("cancelled", json!({})));
    assert!(events.next().await.unwrap().is_none());
    workers.stop().await;
    world.stop().await;
}

#[sqlx::test]
async fn a_failed_story_tells_why(pool: PgPool) {
    let world = World::start(pool).await;
    let workers = Workers::start(&world, Arc::new(Speechless));
    let id = world.ask(&json!({})).await;
    let events = follow(&world, &id, None).await;
    assert_eq!(names(&events), ["failed"]);
    assert_eq!(data(&events[0]), world.story(&id).await["error"]);
    workers.stop().await;
    world.stop().await;
}

#[sqlx::test]
async fn a_stream_ends_with_its_token(pool: PgPool) {
    let world = World::start(pool).await;
    let id = world.ask(&json!({})).await;
    let request = world.client.get(&format!("/v1/stories/{id}/events"));
    let mut events = request
        .bearer(&world.token_for(1, 2))
        .events()
        .await
        .unwrap();
    let event = events.next().await.unwrap().unwrap();
    assert_eq!((event.name.as_str(), event.id.as_str()), ("reauth", ""));
    assert!(events.next().await.unwrap().is_none());
    world.stop().await;
}

#[sqlx::test]
async fn a_stream_does_not_hold_up_the_end(pool: PgPool) {
    let world = World::start(pool).await;
    let id = world.ask(&json!({})).await;
    let request = world.client.get(&format!("/v1/stories/{id}/events"));
    let mut events = request.bearer(&world.token(1)).events().await.unwrap();
    world.stop().await;
    assert!(matches!(events.next().await, Ok(None) | Err(_)));
}

#[sqlx::test]
async fn who_does_not_stream_is_told_the_state(pool: PgPool) {
    let world = World::start(pool).await;
    let id = world.ask(&json!({"deliver": false})).await;
    let state = async || {
        let request = world.client.get(&format!("/v1/stories/{id}/events"));
        request
            .bearer(&world.token(1))
            .header("accept", "application/json")
            .send()
            .await
    };
    assert_eq!(state().await.expect(202).json()["status"], "queued");
    let worker = world.worker().await;
    world.until(&id, "ready").await;
    assert_eq!(state().await.expect(200).json()["status"], "ready");
    worker.stop().await;
    world.stop().await;
}
