use contracts::notification::Template;
use futures::future::join_all;
use serde_json::Value;
use sqlx::PgPool;

use crate::world::{World, failure, text};

#[sqlx::test(migrations = "../../migrations/auth")]
async fn of_many_refreshes_at_once_one_rotates_and_all_get_the_same(pool: PgPool) {
    let world = World::start(&pool).await;
    for round in 0..5 {
        let pair = world.sign_up(&format!("mira{round}@example.org")).await;
        let answers = join_all((0..20).map(|_| world.refresh(&pair.refresh_token))).await;
        let answers: Vec<Value> = answers
            .into_iter()
            .map(|it| it.expect(200).json())
            .collect();
        let rotated = answers
            .iter()
            .filter(|it| it.get("reused").is_none())
            .count();
        assert_eq!(rotated, 1);
        let first = &answers[0]["refresh_token"];
        assert!(answers.iter().all(|it| it["refresh_token"] == *first));
        let generation: i64 =
            sqlx::query_scalar("select generation from auth_sessions where id = $1::uuid")
                .bind(pair.session_id)
                .fetch_one(&pool)
                .await
                .unwrap();
        assert_eq!(generation, 2);
    }
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn a_replayed_token_ends_the_session_and_the_user_is_told(pool: PgPool) {
    let world = World::start(&pool).await;
    let pair = world.sign_up("mira@example.org").await;
    let second = text(
        &world.refresh(&pair.refresh_token).await.expect(200).json(),
        "refresh_token",
    );
    let third = text(
        &world.refresh(&second).await.expect(200).json(),
        "refresh_token",
    );

    let replays = join_all((0..8).map(|_| world.refresh(&pair.refresh_token))).await;
    for replay in replays {
        assert_eq!(failure(&replay), "401 invalid-refresh-token");
    }
    assert_eq!(
        failure(&world.refresh(&third).await),
        "401 invalid-refresh-token"
    );
    assert_eq!(world.mails(Template::SecurityNotice).await, 1);
    let events: Vec<String> = sqlx::query_scalar("select kind from session_events order by id")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(events, ["opened", "rotated", "rotated", "refresh_reuse"]);
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn without_grace_the_token_before_is_a_replay(pool: PgPool) {
    let world = World::with(&pool, &[("REFRESH__GRACE_S", "0")]).await;
    let pair = world.sign_up("mira@example.org").await;
    world.refresh(&pair.refresh_token).await.expect(200);
    assert_eq!(
        failure(&world.refresh(&pair.refresh_token).await),
        "401 invalid-refresh-token"
    );
    assert_eq!(world.mails(Template::SecurityNotice).await, 1);
    world.stop().await;
}

/// A text in base64url with a checksum that fits, so that it reaches the database.
fn forged(token: &str, change: impl FnOnce(&mut [u8])) -> String {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
    let mut bytes = BASE64.decode(token.trim_start_matches("slr_")).unwrap();
    bytes.truncate(45);
    change(&mut bytes);
    let checksum = crc32fast::hash(&bytes).to_be_bytes();
    bytes.extend(checksum);
    format!("slr_{}", BASE64.encode(bytes))
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn forged_tokens_change_nothing(pool: PgPool) {
    let world = World::start(&pool).await;
    let pair = world.sign_up("mira@example.org").await;
    let stranger = world.sign_up("otto@example.org").await;
    let second = text(
        &world.refresh(&pair.refresh_token).await.expect(200).json(),
        "refresh_token",
    );
    assert_eq!(
        forged(&second, |_| ()),
        second,
        "the helper forges nothing by itself"
    );

    // version 0, key 1..5, session 5..21, generation 21..29, signature 29..45
    let mut forgeries: Vec<_> = [0, 1, 4, 5, 20, 21, 28, 29, 44]
        .map(|at| forged(&second, |bytes| bytes[at] ^= 1))
        .into();
    for generation in [0_u64, 1, 3, u64::MAX] {
        let bytes = generation.to_be_bytes();
        forgeries.push(forged(&second, |token| {
            token[21..29].copy_from_slice(&bytes);
        }));
    }
    forgeries.extend(["", "slr_", "slr_AAAA", "eyJhbGciOiJub25lIn0.e30."].map(str::to_owned));
    forgeries.push(pair.access_token.clone());
    forgeries.push(format!("{second}A"));
    forgeries.push("slr_".to_owned() + &"A".repeat(66));
    for forgery in forgeries {
        assert_eq!(
            failure(&world.refresh(&forgery).await),
            "401 invalid-refresh-token"
        );
    }
    world.refresh(&second).await.expect(200);
    world.refresh(&stranger.refresh_token).await.expect(200);
    assert_eq!(world.mails(Template::SecurityNotice).await, 0);
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn a_disabled_user_is_out(pool: PgPool) {
    let world = World::start(&pool).await;
    let pair = world.sign_up("mira@example.org").await;
    sqlx::query("update users set status = 'disabled'")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(
        failure(&world.refresh(&pair.refresh_token).await),
        "401 invalid-refresh-token"
    );
    let me = world
        .client
        .get("/v1/me")
        .bearer(&pair.access_token)
        .send()
        .await;
    assert_eq!(failure(&me), "401 unauthenticated");
    assert_eq!(me.header("www-authenticate"), "Bearer");
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn postgres_holds_nothing_that_refreshes(pool: PgPool) {
    let world = World::start(&pool).await;
    let pair = world.sign_up("mira@example.org").await;
    let dump: String = sqlx::query_scalar("select s::text from auth_sessions s")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert!(!dump.contains(&pair.refresh_token));
    world.stop().await;

    // The same rows under another server key are worth nothing.
    let other = World::start(&pool).await;
    assert_eq!(
        failure(&other.refresh(&pair.refresh_token).await),
        "401 invalid-refresh-token"
    );
    other.stop().await;
}
