use serde_json::json;

use crate::platform::Platform;
use crate::reader::{PASSWORD, Reader, new_address, register};

#[tokio::test]
async fn a_reader_signs_up_with_the_code_from_the_mail_and_signs_in() {
    let platform = Platform::get();
    let reader = Reader::sign_up(&platform).await;
    let me = reader.get("/v1/me").send().await.expect(200);
    assert!(!me.header("etag").is_empty());
    let me = me.json();
    assert_eq!(me["email"], reader.address);
    assert_eq!(me["email_verified"], true);

    let login = json!({"email": reader.address, "password": PASSWORD});
    let reply = platform
        .front
        .post("/v1/auth/login")
        .json(&login)
        .send()
        .await;
    assert_eq!(reply.expect(201).json()["token_type"], "Bearer");
    let wrong = json!({"email": reader.address, "password": "not that one at all"});
    let reply = platform
        .front
        .post("/v1/auth/login")
        .json(&wrong)
        .send()
        .await;
    assert_eq!(reply.expect(401).problem(), "invalid-credentials");
}

#[tokio::test]
async fn a_wrong_code_leaves_fewer_tries() {
    let platform = Platform::get();
    let address = new_address();
    let registration = register(&platform, &address).await;
    let mail = platform.mail(&address, "verify_email").await;
    let wrong = if mail.code() == "00000000" {
        "11111111"
    } else {
        "00000000"
    };
    let proof = json!({"registration_id": registration, "code": wrong});
    let reply = platform
        .front
        .post("/v1/auth/register/verify")
        .json(&proof)
        .send()
        .await;
    let reply = reply.expect(400);
    assert_eq!(reply.problem(), "invalid-code");
    assert_eq!(reply.json()["attempts_left"], 4);
}

#[tokio::test]
async fn a_known_address_is_told_by_mail_alone() {
    let platform = Platform::get();
    let reader = Reader::sign_up(&platform).await;
    register(&platform, &reader.address).await;
    let mail = platform.mail(&reader.address, "account_exists").await;
    assert!(!mail.subject.is_empty());
}

#[tokio::test]
async fn a_refreshed_session_goes_on_and_a_closed_one_does_not() {
    let platform = Platform::get();
    let reader = Reader::sign_up(&platform).await;
    let old = json!({"refresh_token": reader.refresh_token()});
    let reply = platform
        .front
        .post("/v1/auth/token/refresh")
        .json(&old)
        .send()
        .await;
    let renewed = reply.expect(200).json();
    // The answer may have been lost: asking again within the grace gives the same successor.
    let reply = platform
        .front
        .post("/v1/auth/token/refresh")
        .json(&old)
        .send()
        .await;
    let again = reply.expect(200).json();
    assert_eq!(again["refresh_token"], renewed["refresh_token"]);
    assert_eq!(again["reused"], true);

    let token = renewed["access_token"].as_str().unwrap();
    let logout = platform
        .front
        .post("/v1/auth/logout?scope=this")
        .bearer(token);
    logout.send().await.expect(204);
    let last = json!({"refresh_token": renewed["refresh_token"]});
    let reply = platform
        .front
        .post("/v1/auth/token/refresh")
        .json(&last)
        .send()
        .await;
    assert_eq!(reply.expect(401).problem(), "invalid-refresh-token");
}

#[tokio::test]
async fn everybody_sees_the_public_keys_and_what_problems_mean() {
    let platform = Platform::get();
    let keys = platform
        .front
        .get("/.well-known/jwks.json")
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(keys["keys"][0]["crv"], "Ed25519");
    assert!(keys["keys"][0].get("d").is_none());
    platform
        .front
        .get("/problems/validation-failed")
        .send()
        .await
        .expect(200);
    let health = platform
        .front
        .get("/health")
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(health, json!({"status": "up"}));
}
