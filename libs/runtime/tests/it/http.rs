use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::header;
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use axum::{Extension, Router};
use problem::Json;
use runtime::http::ClientIp;
use serde_json::{Value, json};
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::IntervalStream;

use crate::world::{ask, ask_at, serve, serve_with, settings, until};

async fn panics() -> &'static str {
    panic!("hush")
}

async fn never() -> &'static str {
    std::future::pending().await
}

/// Three events, later than any answer may begin.
async fn events() -> Body {
    let ticks = tokio::time::interval(Duration::from_millis(300));
    let events = IntervalStream::new(ticks).take(4);
    let events = events.map(|_| Ok::<_, std::io::Error>(Bytes::from_static(b"data: x\n\n")));
    Body::from_stream(events)
}

fn routes() -> Router {
    let json = Router::new()
        .route(
            "/things/{id}",
            get(async |Path(id): Path<String>| Json(json!({"id": id}))),
        )
        .route("/things", post(async |Json(body): Json<Value>| Json(body)));
    let quick = Router::new().route("/quick", get(never));
    Router::new()
        .merge(runtime::http::json(json))
        .merge(runtime::http::within(quick, Duration::from_millis(50)))
        .route("/panics", get(panics))
        .route("/never", get(never))
        .route("/events", get(events))
        .route(
            "/ip",
            get(async |Extension(ip): Extension<ClientIp>| ip.key()),
        )
        .route(
            "/cached",
            get(async || ([(header::CACHE_CONTROL, "max-age=300")], "x").into_response()),
        )
}

#[tokio::test]
async fn every_failure_is_a_problem() {
    let running = serve(routes()).await;
    let check = async |request: &str, status: u16, code: &str| {
        let answer = ask(&running, request, &["x-request-id: abc-1"]).await;
        assert_eq!(answer.status, status, "{request}: {answer:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let problem = answer.json();
        assert_eq!(problem["code"], code);
        assert_eq!(
            problem["type"],
            format!("https://stories.example/problems/{code}")
        );
        assert_eq!(problem["request_id"], "abc-1");
        answer
    };
    check("GET /nowhere", 404, "not-found").await;
    check("GET /things/7/more", 404, "not-found").await;
    let wrong_method = check("DELETE /things/7", 405, "method-not-allowed").await;
    assert_eq!(wrong_method.header("allow"), "GET,HEAD");
    check("POST /health", 405, "method-not-allowed").await;
    check("POST /things", 415, "unsupported-media-type").await;
    let panic = check("GET /panics", 500, "internal-error").await;
    assert!(!panic.body.contains("hush"));
    for request in ["GET /never", "GET /quick"] {
        let late = check(request, 503, "temporarily-unavailable").await;
        assert!(!late.header("retry-after").is_empty());
    }
    let long = format!("GET /things/{}", "x".repeat(9000));
    check(&long, 414, "uri-too-long").await;
    let long = format!("GET /things/7?{}", "x".repeat(9000));
    check(&long, 414, "uri-too-long").await;
    assert!(running.stop().await);
}

#[tokio::test]
async fn json_routes_say_so_to_who_cannot_take_it() {
    let running = serve(routes()).await;
    let html = ["accept: text/html"];
    let refused = ask(&running, "GET /things/7", &html).await;
    assert_eq!(
        (refused.status, refused.json()["code"].as_str()),
        (406, Some("not-acceptable"))
    );
    assert_eq!(ask(&running, "GET /ip", &html).await.status, 200);
    let browser = ["accept: text/html,application/xhtml+xml,*/*;q=0.8"];
    assert_eq!(ask(&running, "GET /things/7", &browser).await.status, 200);
}

#[tokio::test]
async fn every_answer_has_an_id_and_the_security_headers() {
    let running = serve(routes()).await;
    let answer = ask(&running, "GET /things/7", &["X-Request-Id: mine.7_-"]).await;
    assert_eq!(answer.json(), json!({"id": "7"}));
    assert_eq!(answer.header("x-request-id"), "mine.7_-");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
    assert!(
        answer
            .header("strict-transport-security")
            .contains("max-age=")
    );
    let policy = "default-src 'none'; frame-ancestors 'none'";
    assert_eq!(answer.header("content-security-policy"), policy);
    let cached = ask(&running, "GET /cached", &[]).await;
    assert_eq!(cached.header("cache-control"), "max-age=300");

    let too_long = format!("x-request-id: {}", "a".repeat(65));
    for bad in [
        "x-request-id: a b",
        "x-request-id: <x>",
        &too_long,
        "x-request-id: ",
    ] {
        let answer = ask(&running, "GET /nowhere", &[bad]).await;
        let id = answer.header("x-request-id");
        assert_eq!(id.len(), 36, "{bad}: {id}");
        assert_eq!(answer.json()["request_id"], id);
    }
}

#[tokio::test]
async fn streams_of_events_are_not_cut() {
    let running = serve(routes()).await;
    let answer = ask(&running, "GET /events", &[]).await;
    assert_eq!(answer.body.matches("data: x").count(), 4);
}

#[tokio::test]
async fn the_client_is_found_behind_our_proxies() {
    let running = serve(routes()).await;
    let check = async |more: &[&str], expected: &str| {
        assert_eq!(ask(&running, "GET /ip", more).await.body, expected);
    };
    check(&[], "127.0.0.1").await;
    check(&["x-forwarded-for: 203.0.113.9"], "203.0.113.9").await;
    check(&["x-forwarded-for: 1.1.1.1, 2001:db8::7"], "2001:db8::/64").await;
    check(&["x-forwarded-for: nonsense"], "127.0.0.1").await;

    let other = json!({"trusted_proxies": ""});
    let running = serve_with(crate::world::process(), routes(), &other).await;
    let answer = ask(&running, "GET /ip", &["x-forwarded-for: 203.0.113.9"]).await;
    assert_eq!(answer.body, "127.0.0.1");
}

#[tokio::test]
async fn large_heads_and_many_connections_are_taken() {
    let running = serve(routes()).await;
    let address = running.address("http").unwrap();
    let cookie = format!("authorization: Bearer {}", "x".repeat(40 * 1024));
    assert_eq!(ask(&running, "GET /ip", &[&cookie]).await.status, 200);

    let mut idle = Vec::new();
    for _ in 0..300 {
        idle.push(tokio::net::TcpStream::connect(address).await.unwrap());
    }
    assert_eq!(ask(&running, "GET /ip", &[]).await.status, 200);
}

#[tokio::test]
async fn requests_are_counted_by_route() {
    let running = serve(routes()).await;
    ask(&running, "GET /things/1", &[]).await;
    ask(&running, "GET /things/2", &[]).await;
    ask(&running, "GET /nowhere/1", &[]).await;
    ask(&running, "BREW /pot", &[]).await;
    let operations = running.address("operations").unwrap();
    let metrics = ask_at(operations, "GET /metrics", &[]).await.body;
    for line in [
        r#"http_requests_total{method="GET",route="/things/{id}",status="200"} 2"#,
        r#"http_requests_total{method="GET",route="*",status="404"} 1"#,
        r#"http_requests_total{method="other",route="*",status="404"} 1"#,
        r#"http_request_duration_seconds_count{method="GET",route="/things/{id}"} 2"#,
        "http_requests_in_flight 0",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_nothing_behind() {
    let running = serve(routes()).await;
    let address = running.address("http").unwrap();
    let operations = running.address("operations").unwrap();
    let in_flight = async |wanted: &str| {
        let metrics = ask_at(operations, "GET /metrics", &[]).await.body;
        metrics.contains(&format!("http_requests_in_flight {wanted}\n"))
    };
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = b"GET /never HTTP/1.1\r\nhost: test\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stream, request)
        .await
        .unwrap();
    until(async || in_flight("1").await).await;
    drop(stream);
    until(async || in_flight("0").await).await;
}

#[test]
fn settings_are_checked() {
    let refused = |other: Value| {
        let settings = std::panic::catch_unwind(|| settings(&other));
        assert!(settings.is_err(), "{other}");
    };
    refused(json!({"trusted_proxies": "everybody"}));
    refused(json!({"body_limit_bytes": 1}));
    refused(json!({"lisen": "0.0.0.0:80"}));
}
