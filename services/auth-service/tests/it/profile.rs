use serde_json::{Value, json};
use sqlx::PgPool;
use testkit::http::Reply;

use crate::world::{Pair, World, failure};

const MERGE_PATCH: &str = "application/merge-patch+json";

async fn patch(world: &World, pair: &Pair, if_match: &str, body: &Value) -> Reply {
    let request = world.client.patch("/v1/me").bearer(&pair.access_token);
    let request = request.body(MERGE_PATCH, body.to_string());
    let request = match if_match {
        "" => request,
        etag => request.header("if-match", etag),
    };
    request.send().await
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn a_profile_is_read_and_changed_by_version(pool: PgPool) {
    let world = World::start(&pool).await;
    let pair = world.sign_up("Mira@example.org").await;
    let get = || world.client.get("/v1/me").bearer(&pair.access_token);

    let read = get().send().await.expect(200);
    assert_eq!(read.header("etag"), "\"v1\"");
    let me = read.json();
    let expected = json!({"email": "Mira@example.org", "email_verified": true,
        "display_name": null, "locale": "en", "timezone": "UTC"});
    for (member, value) in expected.as_object().unwrap() {
        assert_eq!(me[member], *value, "{member}");
    }
    assert!(me["created_at"].as_str().unwrap().ends_with('Z'));
    get()
        .header("if-none-match", "\"v1\"")
        .send()
        .await
        .expect(304);

    let name = json!({"display_name": "Mira"});
    assert_eq!(
        failure(&patch(&world, &pair, "", &name).await),
        "428 precondition-required"
    );
    assert_eq!(
        failure(&patch(&world, &pair, "\"v9\"", &name).await),
        "412 precondition-failed"
    );
    let changed = patch(&world, &pair, "\"v1\"", &name).await.expect(200);
    assert_eq!(
        (changed.header("etag"), &changed.json()["display_name"]),
        ("\"v2\"", &json!("Mira"))
    );
    get()
        .header("if-none-match", "\"v1\"")
        .send()
        .await
        .expect(200);

    let all = json!({"display_name": null, "locale": "pt-BR", "timezone": "Europe/Lisbon"});
    let changed = patch(&world, &pair, "\"v2\"", &all)
        .await
        .expect(200)
        .json();
    for (member, value) in all.as_object().unwrap() {
        assert_eq!(changed[member], *value, "{member}");
    }
    let reset = json!({"locale": null, "timezone": null});
    let changed = patch(&world, &pair, "*", &reset).await.expect(200).json();
    assert_eq!(
        (&changed["locale"], &changed["timezone"]),
        (&json!("en"), &json!("UTC"))
    );
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn of_two_changes_to_one_version_one_wins(pool: PgPool) {
    let world = World::start(&pool).await;
    let pair = world.sign_up("mira@example.org").await;
    let body = json!({"display_name": "Mira"});
    let change = || patch(&world, &pair, "\"v1\"", &body);
    let answers = futures::future::join_all((0..8).map(|_| change())).await;
    let won = answers.iter().filter(|it| it.code() == 200).count();
    let lost = answers
        .iter()
        .filter(|it| failure(it) == "412 precondition-failed")
        .count();
    assert_eq!((won, lost), (1, 7));
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn nothing_else_can_be_changed(pool: PgPool) {
    let world = World::start(&pool).await;
    let pair = world.sign_up("mira@example.org").await;
    let check = async |body: Value, pointer: &str| {
        let refused = patch(&world, &pair, "\"v1\"", &body).await;
        assert_eq!(failure(&refused), "422 validation-failed", "{body}");
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer);
    };
    for member in [
        "id",
        "email",
        "email_verified",
        "created_at",
        "role",
        "is_admin",
        "version",
    ] {
        check(json!({member: "x"}), &format!("/{member}")).await;
    }
    check(json!({"display_name": ""}), "/display_name").await;
    check(json!({"display_name": "x".repeat(81)}), "/display_name").await;
    check(json!({"display_name": "a\u{0}b"}), "/display_name").await;
    check(json!({"display_name": 7}), "/display_name").await;
    check(json!({"locale": "en_GB"}), "/locale").await;
    check(json!({"locale": "en-a"}), "/locale").await;
    check(json!({"timezone": "../../etc/passwd"}), "/timezone").await;
    check(json!({"timezone": "Europe/Atlantis"}), "/timezone").await;
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn what_was_taken_before_it_was_checked_does_no_harm(pool: PgPool) {
    let world = World::start(&pool).await;
    let pair = world.sign_up("mira@example.org").await;
    let odd = "update users set timezone = 'Mars/Base', locale = 'en-a'";
    sqlx::query(odd).execute(&pool).await.unwrap();
    let body = json!({"display_name": "Mira"});
    let shown = patch(&world, &pair, "*", &body).await.expect(200).json();
    assert_eq!(
        (&shown["locale"], &shown["timezone"]),
        (&json!("en"), &json!("UTC"))
    );
    world.stop().await;
}
