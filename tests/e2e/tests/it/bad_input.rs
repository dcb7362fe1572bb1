//! A table of requests that are wrong, and what they are told.

use http::Method;
use serde_json::{Value, json};
use testkit::http::{Reply, Request};

use crate::platform::Platform;
use crate::reader::Reader;

#[track_caller]
fn check(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.code(), reply.problem().as_str()), (status, code));
    assert_eq!(reply.header("content-type"), "application/problem+json");
    let problem = reply.json();
    let kind = problem["type"].as_str().unwrap();
    assert!(kind.ends_with(&format!("/problems/{code}")), "{kind}");
    for member in ["title", "status", "instance", "request_id"] {
        assert!(!problem[member].is_null(), "{member} is missing");
    }
}

#[tokio::test]
async fn bodies_that_are_wrong_are_told_so() {
    let platform = Platform::get();
    let reader = Reader::sign_up(&platform).await;
    let ask = |content_type: &'static str, body: String| {
        reader.post("/v1/stories").body(content_type, body)
    };
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let json = "application/json";
    let large = json!({"theme": "x".repeat(500_000)}).to_string();
    let huge = json!({"theme": "x".repeat(5_000_000)}).to_string();
    let cases: Vec<(Request, u16, &str)> = vec![
        (
            ask("text/plain", "{}".to_owned()),
            415,
            "unsupported-media-type",
        ),
        (ask(json, "{".to_owned()), 400, "malformed-json"),
        (ask(json, large), 413, "body-too-large"),
        (ask(json, huge), 413, "body-too-large"),
        (
            ask(json, "{\"them\":\"x\"}".to_owned()),
            422,
            "validation-failed",
        ),
        (
            ask(json, "{\"theme\":\"a\\u0000bcd\"}".to_owned()),
            422,
            "validation-failed",
        ),
        (
            ask(json, "{\"words\":10}".to_owned()),
            422,
            "validation-failed",
        ),
        (
            ask(json, "{\"language\":\"de\"}".to_owned()),
            422,
            "validation-failed",
        ),
    ];
    for (request, status, code) in cases {
        check(&request.send().await, status, code);
    }
    for body in [deep, "{\"theme\":\"\\ud800 alone\"}".to_owned()] {
        let reply = ask(json, body).send().await;
        assert!(matches!(reply.code(), 400 | 422), "{}", reply.status);
    }
}

#[tokio::test]
async fn every_violation_is_told_with_its_pointer() {
    let platform = Platform::get();
    let reader = Reader::sign_up(&platform).await;
    let wish = json!({"theme": "ab", "hero": {"name": "M1ra", "pronouns": "it", "kind": "child"}});
    let reply = reader.post("/v1/stories").json(&wish).send().await;
    check(&reply, 422, "validation-failed");
    let problem = reply.json();
    let pointers = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["pointer"]);
    let mut pointers: Vec<_> = pointers.filter_map(Value::as_str).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/hero/name", "/hero/pronouns", "/theme"]);
}

#[tokio::test]
async fn what_is_not_there_or_not_allowed_is_a_problem_too() {
    let platform = Platform::get();
    let reader = Reader::sign_up(&platform).await;
    let front = &platform.front;
    let nowhere = "/v1/stories/00000000-0000-7000-8000-000000000000";
    let patch = front
        .request(Method::PATCH, "/v1/stories")
        .bearer(reader.access_token());
    let cases: Vec<(Request, u16, &str)> = vec![
        (front.get("/v1/nothing"), 404, "not-found"),
        (front.get("/nothing"), 404, "not-found"),
        (reader.get(nowhere), 404, "not-found"),
        (reader.get("/v1/stories/7"), 404, "not-found"),
        (front.delete("/v1/auth/register"), 405, "method-not-allowed"),
        (patch, 405, "method-not-allowed"),
        (reader.get("/v1/stories?sort=up"), 422, "validation-failed"),
        (
            reader.get("/v1/me").header("accept", "image/png"),
            406,
            "not-acceptable",
        ),
    ];
    for (request, status, code) in cases {
        check(&request.send().await, status, code);
    }
}

#[tokio::test]
async fn who_does_not_prove_who_it_is_is_asked_to() {
    let platform = Platform::get();
    let long = "x".repeat(5000);
    for token in ["", "nonsense", "a.b.c", &long] {
        for path in ["/v1/stories", "/v1/me"] {
            let reply = platform.front.get(path).bearer(token).send().await;
            check(&reply, 401, "unauthenticated");
            assert!(reply.header("www-authenticate").starts_with("Bearer"));
        }
    }
    let reply = platform.front.get("/v1/me").send().await;
    check(&reply, 401, "unauthenticated");
}

#[tokio::test]
async fn a_weak_password_is_refused() {
    let platform = Platform::get();
    let account = json!({"email": "somebody@example.org", "password": "password1234"});
    let reply = platform
        .front
        .post("/v1/auth/register")
        .json(&account)
        .send()
        .await;
    check(&reply, 422, "weak-password");
}
