use serde_json::{Value, json};
use sqlx::PgPool;

use crate::world::{PASSWORD, Pair, World, failure, text};

#[sqlx::test(migrations = "../../migrations/auth")]
async fn from_registration_to_logout(pool: PgPool) {
    let world = World::start(&pool).await;

    let registered = world.register("Mira@Example.org").await.expect(202).json();
    assert_eq!(
        (&registered["expires_in"], &registered["resend_after"]),
        (&json!(600), &json!(60))
    );
    let id = text(&registered, "registration_id");

    let code = world.code(&id).await;
    let verified = world.verify(&id, &code).await.expect(201);
    assert_eq!(verified.header("location"), "/v1/me");
    assert_eq!(verified.header("cache-control"), "no-store");
    let pair = verified.json();
    assert_eq!(
        (&pair["token_type"], &pair["expires_in"]),
        (&json!("Bearer"), &json!(300))
    );
    assert_eq!(pair["refresh_expires_in"], 1_209_600);
    assert_eq!(pair.get("reused"), None);

    let signed_in = world
        .login("mira@example.org", PASSWORD)
        .await
        .expect(201)
        .json();
    assert_ne!(signed_in["session_id"], pair["session_id"]);
    let first = Pair::of(&pair);
    let second = Pair::of(&signed_in);

    let refreshed = world
        .refresh(&second.refresh_token)
        .await
        .expect(200)
        .json();
    assert_eq!(text(&refreshed, "session_id"), second.session_id);
    let again = world
        .refresh(&second.refresh_token)
        .await
        .expect(200)
        .json();
    assert_eq!(again["reused"], true);
    assert_eq!(again["refresh_token"], refreshed["refresh_token"]);

    log_out(&world, &second, "?scope=others").await;
    let ended = world.refresh(&first.refresh_token).await;
    assert_eq!(failure(&ended), "401 invalid-refresh-token");
    log_out(&world, &second, "").await;
    log_out(&world, &second, "?scope=this").await;
    let refused = world.refresh(&text(&refreshed, "refresh_token")).await;
    assert_eq!(refused.code(), 401);
    world.stop().await;
}

async fn log_out(world: &World, pair: &Pair, scope: &str) {
    let path = format!("/v1/auth/logout{scope}");
    let request = world.client.post(&path).bearer(&pair.access_token);
    assert_eq!(request.send().await.expect(204).text(), "");
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn all_sessions_end_at_once(pool: PgPool) {
    let world = World::start(&pool).await;
    let first = world.sign_up("mira@example.org").await;
    let second = world
        .login("mira@example.org", PASSWORD)
        .await
        .expect(201)
        .json();
    log_out(&world, &first, "?scope=all").await;
    for token in [first.refresh_token, text(&second, "refresh_token")] {
        assert_eq!(world.refresh(&token).await.code(), 401);
    }
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn access_tokens_say_who_and_nothing_more(pool: PgPool) {
    use base64::Engine as _;
    let world = World::start(&pool).await;
    let pair = world.sign_up("mira@example.org").await;
    let part = |index| {
        let part = pair.access_token.split('.').nth(index).unwrap();
        let bytes = base64::prelude::BASE64_URL_SAFE_NO_PAD
            .decode(part)
            .unwrap();
        serde_json::from_slice::<Value>(&bytes).unwrap()
    };
    let (header, claims) = (part(0), part(1));
    assert_eq!(
        (&header["typ"], &header["alg"]),
        (&json!("at+jwt"), &json!("EdDSA"))
    );
    assert_eq!(claims["iss"], "http://localhost:8080");
    assert_eq!(claims["sid"], pair.session_id);
    let mut names: Vec<_> = claims
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    let expected = [
        "acr",
        "amr",
        "aud",
        "auth_time",
        "client_id",
        "exp",
        "iat",
        "iss",
        "jti",
        "nbf",
        "scope",
        "sid",
        "sub",
    ];
    assert_eq!(names, expected);
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn keys_and_pages_are_public_and_cached(pool: PgPool) {
    let world = World::start(&pool).await;
    let keys = world
        .client
        .get("/.well-known/jwks.json")
        .send()
        .await
        .expect(200);
    assert_eq!(keys.header("cache-control"), "public, max-age=300");
    assert_eq!(keys.json()["keys"][0]["crv"], "Ed25519");
    assert_eq!(keys.json()["keys"][0].get("d"), None, "the private part");
    let known = world.client.get("/.well-known/jwks.json");
    let known = known.header("if-none-match", keys.header("etag"));
    assert_eq!(known.send().await.expect(304).text(), "");

    let index = world
        .client
        .get("/problems")
        .send()
        .await
        .expect(200)
        .text();
    for code in problem::codes::ALL {
        assert!(index.contains(code.name), "{}", code.name);
        let page = world
            .client
            .get(&format!("/problems/{}", code.name))
            .send()
            .await;
        let page = page.expect(200);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.text().contains(code.name));
    }
    let unknown = world.client.get("/problems/no-such-code").send().await;
    assert_eq!(failure(&unknown), "404 not-found");
    let health = world.client.get("/health").send().await.expect(200).json();
    assert_eq!(health, json!({"status": "up"}));
    world.stop().await;
}
