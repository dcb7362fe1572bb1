use contracts::notification::Template;
use serde_json::{Value, json};
use sqlx::PgPool;
use testkit::http::Reply;

use crate::world::{PASSWORD, World, failure, text};

/// Everything of an answer that a client sees, less ids, the time and the request's own id.
fn seen(reply: &Reply) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<_> = reply
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .filter(|(name, _)| name != "x-request-id" && name != "date")
        .collect();
    headers.sort();
    let mut body: Value = serde_json::from_slice(&reply.body).unwrap();
    for id in ["registration_id", "request_id"] {
        if let Some(id) = body.get_mut(id) {
            *id = json!("…");
        }
    }
    (reply.code(), headers, body.to_string())
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn a_known_address_cannot_be_told_from_an_unknown_one(pool: PgPool) {
    let world = World::with(&pool, &[("OTP__RESEND_AFTER_S", "0")]).await;
    world.sign_up("mira@example.org").await;

    let known = world.register("Mira@example.org").await;
    let unknown = world.register("otto@example.org").await;
    assert_eq!(seen(&known), seen(&unknown));
    assert_eq!(world.mails(Template::AccountExists).await, 1);

    let ids = [known, unknown].map(|reply| text(&reply.json(), "registration_id"));
    let compare = async |path: &str, bodies: [Value; 2], expected: &str| {
        let known = world.post(path, &bodies[0]).await;
        let unknown = world.post(path, &bodies[1]).await;
        assert_eq!(seen(&known), seen(&unknown));
        assert_eq!(failure(&known), expected);
    };
    let resend = || ids.clone().map(|id| json!({"registration_id": id}));
    compare("/v1/auth/register/resend", resend(), "202 ").await;
    assert_eq!(world.mails(Template::AccountExists).await, 2);

    let code = world.wrong_code(&ids[1]).await;
    let verify = || {
        ids.clone()
            .map(|id| json!({"registration_id": id, "code": code}))
    };
    for _ in 0..5 {
        compare("/v1/auth/register/verify", verify(), "400 invalid-code").await;
    }
    compare("/v1/auth/register/verify", verify(), "410 code-expired").await;
    compare("/v1/auth/register/resend", resend(), "410 code-expired").await;
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn a_failed_sign_in_does_not_say_why(pool: PgPool) {
    let world = World::start(&pool).await;
    world.sign_up("mira@example.org").await;
    let wrong = world.login("mira@example.org", "another password").await;
    let unknown = world.login("otto@example.org", PASSWORD).await;
    sqlx::query("update users set status = 'disabled'")
        .execute(&pool)
        .await
        .unwrap();
    let disabled = world.login("mira@example.org", PASSWORD).await;
    sqlx::query("update users set status = 'active', password_hash = null")
        .execute(&pool)
        .await
        .unwrap();
    let passwordless = world.login("mira@example.org", PASSWORD).await;
    assert_eq!(failure(&wrong), "401 invalid-credentials");
    for other in [unknown, disabled, passwordless] {
        assert_eq!(seen(&other), seen(&wrong));
    }
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn no_code_opens_the_decoy_of_a_known_address(pool: PgPool) {
    let world = World::start(&pool).await;
    world.sign_up("mira@example.org").await;
    let decoy = world.registration("mira@example.org").await;
    let refused = world.verification(&decoy).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
    world.stop().await;
}
