use serde_json::{Value, json};

use crate::platform::Platform;
use crate::reader::Reader;

fn wish() -> Value {
    json!({
        "theme": "a lantern that is afraid of the dark",
        "hero": {"name": "Mira", "pronouns": "she", "kind": "child"},
        "cast": [{"name": "Otto", "kind": "dog", "pronouns": "he"}],
        "age_band": "6-8",
        "words": 300,
    })
}

#[tokio::test]
async fn a_story_is_asked_for_and_arrives_by_mail() {
    let platform = Platform::get();
    let reader = Reader::sign_up(&platform).await;
    let reply = reader
        .post("/v1/stories")
        .json(&wish())
        .send()
        .await
        .expect(202);
    let story = reply.json();
    let id = story["id"].as_str().unwrap();
    assert_eq!(reply.header("location"), format!("/v1/stories/{id}"));
    assert!(!reply.header("retry-after").is_empty());

    let story = reader.story(id, "delivered").await;
    let title = story["title"].as_str().unwrap();
    let content = reader.get(&format!("/v1/stories/{id}/content"));
    let content = content
        .header("accept", "text/plain")
        .send()
        .await
        .expect(200)
        .text();
    assert!(content.starts_with(&format!("{title}\n\n")));
    assert!(content.contains("Mira") && content.contains("Otto"));

    let mail = platform.mail(&reader.address, "story").await;
    let opening = content.lines().nth(2).unwrap();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&mail.text).contains(&words(opening)));
    assert!(mail.html.contains("Mira"));

    let deliveries = reader
        .get(&format!("/v1/stories/{id}/deliveries"))
        .send()
        .await;
    let deliveries = deliveries.expect(200).json();
    let delivery = &deliveries["items"][0];
    assert_eq!(delivery["status"], "sent");
    assert_eq!(delivery["to"], "e***@example.org");
    let named = delivery["message_id"].as_str().unwrap();
    assert_eq!(named.trim_matches(['<', '>']), mail.message_id);
    assert_eq!(platform.mails(&reader.address, "story").await.len(), 1);
}

#[tokio::test]
async fn preferences_fill_what_a_request_leaves_out() {
    let platform = Platform::get();
    let reader = Reader::sign_up(&platform).await;
    reader.get("/v1/preferences").send().await.expect(404);
    let wishes = json!({
        "hero": {"name": "Juno", "pronouns": "they", "kind": "robot"},
        "tone": "funny",
        "deliver": false,
    });
    let put = reader
        .put("/v1/preferences")
        .header("if-none-match", "*")
        .json(&wishes);
    let put = put.send().await;
    assert!(put.status.is_success(), "{}", put.status);
    let careless = reader.put("/v1/preferences").json(&wishes).send().await;
    assert_eq!(careless.expect(428).problem(), "precondition-required");
    let kept = reader.get("/v1/preferences").send().await.expect(200);
    assert!(!kept.header("etag").is_empty());
    assert_eq!(kept.json()["hero"]["name"], "Juno");

    let story = reader.ask(&json!({"theme": "a door in the snow"})).await;
    assert_eq!(story["hero"]["name"], "Juno");
    assert_eq!(story["tone"], "funny");
    reader.story(story["id"].as_str().unwrap(), "ready").await;
}

#[tokio::test]
async fn the_same_key_gives_the_same_story() {
    let platform = Platform::get();
    let reader = Reader::sign_up(&platform).await;
    let quietly = json!({"theme": "a door in the snow", "deliver": false});
    let ask = |wish: &Value| {
        reader
            .post("/v1/stories")
            .header("idempotency-key", "one")
            .json(wish)
    };
    let first = ask(&quietly).send().await.expect(202).json();
    let again = ask(&quietly).send().await.expect(202).json();
    assert_eq!(first["id"], again["id"]);
    let other = json!({"theme": "a door in the sand", "deliver": false});
    let reply = ask(&other).send().await.expect(422);
    assert_eq!(reply.problem(), "idempotency-key-reused");
    let list = reader.get("/v1/stories").send().await.expect(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_story_is_its_readers_alone() {
    let platform = Platform::get();
    let reader = Reader::sign_up(&platform).await;
    let stranger = Reader::sign_up(&platform).await;
    let story = reader.ask(&json!({"deliver": false})).await;
    let path = format!("/v1/stories/{}", story["id"].as_str().unwrap());
    stranger.get(&path).send().await.expect(404);
    stranger.delete(&path).send().await.expect(404);
    stranger
        .get(&format!("{path}/events"))
        .send()
        .await
        .expect(404);
    reader.story(story["id"].as_str().unwrap(), "ready").await;
    reader.delete(&path).send().await.expect(204);
    reader.get(&path).send().await.expect(404);
}
