//! Asking for stories, finding and reading them.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::world::{World, lantern};

#[sqlx::test]
async fn a_story_is_asked_for_written_and_read(pool: PgPool) {
    let world = World::start(pool).await;
    let worker = world.worker().await;
    let reply = world.post("/v1/stories", &lantern()).await.expect(202);
    let queued = reply.json();
    let id = queued["id"].as_str().unwrap();
    assert_eq!(reply.header("location"), format!("/v1/stories/{id}"));
    assert!(!reply.header("retry-after").is_empty());
    assert_eq!(queued["status"], "queued");
    assert_eq!(queued["title"], Value::Null);
    assert_eq!(queued["error"], Value::Null);
    for (field, value) in lantern().as_object().unwrap() {
        assert!(
            field == "deliver" || queued[field] == *value,
            "{field}: {queued}"
        );
    }

    let ready = world.until(id, "ready").await;
    assert_eq!(ready["writer"], "builtin");
    assert_eq!(ready["version"], 1);
    assert!(ready["ready_at"].is_string());
    let words = ready["word_count"].as_u64().unwrap();
    assert!((255..=345).contains(&words), "{words}");
    assert!(ready["reading_grade"].is_number());
    check_content(&world, id, ready["title"].as_str().unwrap()).await;
    assert!(worker.stop().await);
    world.stop().await;
}

async fn check_content(world: &World, id: &str, title: &str) {
    let path = format!("/v1/stories/{id}/content");
    let read = async |accept: &str| {
        let request = world.client.get(&path).bearer(&world.token(1));
        request.header("accept", accept).send().await
    };
    let plain = read("*/*").await.expect(200);
    assert_eq!(plain.header("content-type"), "text/plain; charset=utf-8");
    let text = plain.text();
    assert!(
        text.starts_with(&format!("{title}\n\n")),
        "title, blank line, paragraphs"
    );
    assert!(text.contains("Mira"), "the hero is named");
    let markdown = read("text/markdown").await.expect(200).text();
    assert!(markdown.starts_with("# "));
    let html = read("text/html;q=0.9, text/plain;q=0.1").await.expect(200);
    assert_eq!(html.header("content-type"), "text/html; charset=utf-8");
    assert!(html.text().contains("<h1>"));
    read("image/png").await.expect(406);
}

#[sqlx::test]
async fn what_is_left_open_comes_from_the_preferences_then_from_defaults(pool: PgPool) {
    let world = World::start(pool).await;
    let put = world.client.put("/v1/preferences").bearer(&world.token(1));
    let body = json!({"tone": "funny", "words": 200, "deliver": false});
    put.header("if-none-match", "*")
        .json(&body)
        .send()
        .await
        .expect(200);

    let id = world.ask(&json!({"words": 400})).await;
    let story = world.story(&id).await;
    assert_eq!(story["words"], 400);
    assert_eq!(story["tone"], "funny");
    assert_eq!(story["genre"], "bedtime");
    assert_eq!(story["age_band"], "6-8");
    assert_eq!(story["language"], "en");
    assert_eq!(story["place"], Value::Null);
    assert_eq!((&story["cast"], &story["avoid"]), (&json!([]), &json!([])));
    assert!(story["theme"].as_str().unwrap().len() > 2);
    assert!(story["hero"]["name"].as_str().unwrap().len() > 1);
    assert!(story["seed"].as_u64().unwrap() < 1 << 53);
    let empty = world
        .client
        .post("/v1/stories")
        .bearer(&world.token(1))
        .send()
        .await;
    empty.expect(202);
    world.stop().await;
}

/// Whatever chance chooses, it is nothing that the reader ruled out.
#[sqlx::test]
async fn what_is_left_open_is_nothing_to_avoid(pool: PgPool) {
    let world = World::start(pool).await;
    for seed in 0..20 {
        let body = json!({"seed": seed, "avoid": ["lanterns", "the sea", "shadows"]});
        world.post("/v1/stories", &body).await.expect(202);
    }
    world.stop().await;
}

#[sqlx::test]
async fn a_seed_and_a_wish_make_the_same_story_again(pool: PgPool) {
    let world = World::start(pool).await;
    let worker = world.worker().await;
    let wish = json!({"seed": 42, "theme": "a snail in a hurry", "deliver": false});
    let mut texts = Vec::new();
    for _ in 0..2 {
        let id = world.ask(&wish).await;
        world.until(&id, "ready").await;
        let content = world.get(&format!("/v1/stories/{id}/content")).await;
        texts.push(content.expect(200).text());
    }
    assert_eq!(texts[0], texts[1]);
    worker.stop().await;
    world.stop().await;
}

#[sqlx::test]
async fn a_story_that_is_not_written_cannot_be_read(pool: PgPool) {
    let world = World::start(pool).await;
    let id = world.ask(&json!({})).await;
    let reply = world
        .get(&format!("/v1/stories/{id}/content"))
        .await
        .expect(409);
    assert_eq!(reply.json()["code"], "story-not-ready");
    world.stop().await;
}

#[sqlx::test]
async fn the_list_is_paged_newest_first(pool: PgPool) {
    let world = World::start(pool).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.insert(0, world.ask(&json!({})).await);
    }
    let (mut found, mut path) = (Vec::new(), "/v1/stories?limit=2".to_owned());
    loop {
        let reply = world.get(&path).await.expect(200);
        let page = reply.json();
        let items = page["items"].as_array().unwrap();
        found.extend(items.iter().map(|it| it["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else {
            assert_eq!(reply.header("link"), "");
            break;
        };
        path = format!("/v1/stories?limit=2&cursor={cursor}");
        assert_eq!(reply.header("link"), format!("<{path}>; rel=\"next\""));
    }
    assert_eq!(found, ids);
    let none = world
        .get("/v1/stories?status=ready")
        .await
        .expect(200)
        .json();
    assert_eq!(none, json!({"items": [], "next_cursor": null}));
    let queued = world
        .get("/v1/stories?status=queued&limit=100")
        .await
        .expect(200)
        .json();
    assert_eq!(queued["items"].as_array().unwrap().len(), 5);
    world.stop().await;
}

#[sqlx::test]
async fn a_known_version_is_not_sent_again(pool: PgPool) {
    let world = World::start(pool).await;
    let path = format!("/v1/stories/{}", world.ask(&json!({})).await);
    let etag = world.get(&path).await.expect(200).header("etag").to_owned();
    assert_eq!(etag, "\"v1\"");
    let again = async || {
        let request = world.client.get(&path).bearer(&world.token(1));
        request.header("if-none-match", &etag).send().await
    };
    let reply = again().await.expect(304);
    assert_eq!(
        (reply.header("etag"), reply.text()),
        (etag.as_str(), String::new())
    );
    world
        .post(&format!("{path}/cancel"), &json!({}))
        .await
        .expect(202);
    again().await.expect(200);
    world.stop().await;
}

#[sqlx::test]
async fn another_readers_story_is_not_there(pool: PgPool) {
    let world = World::start(pool).await;
    let id = world.ask(&json!({})).await;
    let stranger = world.token(2);
    let path = |rest: &str| format!("/v1/stories/{id}{rest}");
    for rest in ["", "/content", "/events", "/deliveries"] {
        let reply = world.client.get(&path(rest)).bearer(&stranger).send().await;
        assert_eq!(reply.expect(404).json()["code"], "not-found", "{rest}");
    }
    world
        .client
        .post(&path("/cancel"))
        .bearer(&stranger)
        .send()
        .await
        .expect(404);
    world
        .client
        .delete(&path(""))
        .bearer(&stranger)
        .send()
        .await
        .expect(404);
    let list = world
        .client
        .get("/v1/stories")
        .bearer(&stranger)
        .send()
        .await
        .expect(200);
    assert_eq!(list.json()["items"], json!([]));
    assert_eq!(world.story(&id).await["status"], "queued");
    world.stop().await;
}

#[sqlx::test]
async fn a_deleted_story_is_gone(pool: PgPool) {
    let world = World::start(pool).await;
    let path = format!("/v1/stories/{}", world.ask(&json!({})).await);
    let delete = async || {
        world
            .client
            .delete(&path)
            .bearer(&world.token(1))
            .send()
            .await
    };
    delete().await.expect(204);
    delete().await.expect(204);
    world.get(&path).await.expect(404);
    let jobs = "select state from jobs";
    let state: String = sqlx::query_scalar(jobs)
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!(state, "cancelled");
    world.stop().await;
}

#[sqlx::test]
async fn query_parameters_that_nobody_reads_are_refused(pool: PgPool) {
    let world = World::start(pool).await;
    let id = world.ask(&json!({})).await;
    for path in ["", "/content", "/events", "/deliveries"] {
        let reply = world.get(&format!("/v1/stories/{id}{path}?x=1")).await;
        let error = &reply.expect(422).json()["errors"][0];
        assert_eq!(error["pointer"], "?x");
    }
    for path in ["/v1/stories?x=1", &format!("/v1/stories/{id}/cancel?x=1")] {
        world.post(path, &json!({})).await.expect(422);
    }
    world.get("/v1/preferences?x=1").await.expect(422);
    world.get("/v1/stories?limit=1").await.expect(200);
    let nothing = world.client.request(axum::http::Method::PUT, "/v1/stories");
    let refused = nothing.send().await.expect(405);
    let mut allowed: Vec<_> = refused.header("allow").split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
    world.stop().await;
}
