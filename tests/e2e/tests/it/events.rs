use serde_json::{Value, json};
use testkit::http::Event;

use crate::platform::Platform;
use crate::reader::Reader;

/// What a story's stream says after `last`, up to the end.
async fn read(reader: &Reader, id: &str, last: &str) -> Vec<Event> {
    let mut request = reader.get(&format!("/v1/stories/{id}/events"));
    if !last.is_empty() {
        request = request.header("last-event-id", last);
    }
    let mut stream = request.events().await.unwrap();
    let mut events = Vec::new();
    while let Some(event) = stream.next().await.unwrap() {
        let ends = matches!(event.name.as_str(), "delivered" | "failed" | "cancelled");
        events.push(event);
        if ends {
            break;
        }
    }
    events
}

#[tokio::test]
async fn a_story_is_told_live_and_reading_goes_on_where_it_broke_off() {
    let platform = Platform::get();
    let reader = Reader::sign_up(&platform).await;
    let story = reader
        .ask(&json!({"theme": "a fox who collects lost mittens"}))
        .await;
    let id = story["id"].as_str().unwrap();

    let events = read(&reader, id, "").await;
    let names: Vec<_> = events.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names.first(), Some(&"plan"), "{names:?}");
    assert_eq!(names.last(), Some(&"delivered"), "{names:?}");
    let plan: Value = serde_json::from_str(&events[0].data).unwrap();
    let scenes = names.iter().filter(|it| **it == "scene").count();
    assert_eq!(plan["beats"], scenes);

    let middle = events.iter().position(|it| it.name == "scene").unwrap();
    let rest = read(&reader, id, &events[middle].id).await;
    assert_eq!(rest, events[middle + 1..]);
}
