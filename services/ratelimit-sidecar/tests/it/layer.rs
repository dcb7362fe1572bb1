//! The layer in front of a public route, with a real sidecar behind and without one.

use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use runtime::rate_limit::{RateLimit, RateLimitSettings};
use runtime::{Process, Running};
use serde_json::{Value, json};
use testkit::Redis;
use testkit::http::{Client, Reply};

use crate::checks::{SERVICE, Sidecar};

const TWENTY: std::ops::Range<usize> = 0..20;

/// A service with two routes whose limits the sidecar at `socket` knows.
async fn service(socket: &Path) -> (Running, Client) {
    asking(json!({"socket": socket, "enabled": true, "timeout_ms": 1000})).await
}

async fn asking(limit: Value) -> (Running, Client) {
    let limit: RateLimitSettings = serde_json::from_value(limit).unwrap();
    let http: runtime::http::Settings = serde_json::from_value(json!({
        "listen": "127.0.0.1:0", "trusted_proxies": "127.0.0.1", "body_limit_bytes": 16384,
        "body_timeout_ms": 1000, "handler_timeout_ms": 5000,
    }))
    .unwrap();
    let here = "127.0.0.1:0".parse().unwrap();
    let mut process = Process::new(SERVICE, here, Duration::ZERO).unwrap();
    let router = Router::new()
        .route("/v1/auth/login", post(async || "in"))
        .route("/v1/me", get(async || "me"));
    let router = process.public(router, &http, "http://x".into(), RateLimit::new(&limit));
    process.http(http.listen, router);
    let running = process.start().await.unwrap();
    let client = Client::new(format!("http://{}", running.address("http").unwrap()));
    (running, client)
}

async fn log_in(client: &Client, forwarded_for: &str) -> Reply {
    let request = client.post("/v1/auth/login");
    request
        .header("x-forwarded-for", forwarded_for)
        .send()
        .await
}

async fn passed(client: &Client, forwarded_for: &str) -> usize {
    let mut passed = 0;
    for _ in TWENTY {
        passed += usize::from(log_in(client, forwarded_for).await.code() == 200);
    }
    passed
}

#[tokio::test]
async fn the_limit_is_told_and_kept() {
    let redis = Redis::start().await;
    let sidecar = Sidecar::start(&redis).await;
    let (running, client) = service(&sidecar.socket).await;
    let first = log_in(&client, "192.0.2.1").await;
    assert_eq!(first.code(), 200);
    assert_eq!(first.header("ratelimit-policy"), r#""login-ip";q=5;w=60"#);
    assert!(
        first
            .header("ratelimit")
            .starts_with(r#""login-ip";r=4;t="#)
    );
    assert_eq!(passed(&client, "192.0.2.1").await, 4);
    let refused = log_in(&client, "192.0.2.1").await;
    assert_eq!(refused.code(), 429);
    assert_eq!(refused.json()["code"], "rate-limited");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert!(
        refused
            .header("ratelimit")
            .starts_with(r#""login-ip";r=0;t="#)
    );
    running.stop().await;
    sidecar.running.stop().await;
}

#[tokio::test]
async fn a_limiter_that_is_shared_is_asked_over_the_network() {
    let redis = Redis::start().await;
    let shared = Sidecar::start(&redis).await;
    let address = shared.running.address("grpc").unwrap();
    let (running, client) = asking(json!({
        "socket": "/nowhere", "address": format!("http://{address}"),
        "enabled": true, "timeout_ms": 1000,
    }))
    .await;
    assert_eq!(passed(&client, "192.0.2.1").await, 5);
    running.stop().await;
    shared.running.stop().await;
}

#[tokio::test]
async fn each_client_has_its_own_bucket_and_cannot_choose_it() {
    let redis = Redis::start().await;
    let sidecar = Sidecar::start(&redis).await;
    let (running, client) = service(&sidecar.socket).await;
    assert_eq!(passed(&client, "192.0.2.1").await, 5);
    assert_eq!(passed(&client, "192.0.2.2").await, 5);
    assert_eq!(
        passed(&client, "203.0.113.9, 192.0.2.1").await,
        0,
        "the right-most counts"
    );
    assert_eq!(passed(&client, "2001:db8:1:2::1").await, 5);
    assert_eq!(
        passed(&client, "2001:db8:1:2:ffff::2").await,
        0,
        "the same /64"
    );
    running.stop().await;
    sidecar.running.stop().await;
}

#[tokio::test]
async fn without_the_sidecar_the_limit_it_told_is_kept_on() {
    let redis = Redis::start().await;
    let sidecar = Sidecar::start(&redis).await;
    let (running, client) = service(&sidecar.socket).await;
    assert_eq!(log_in(&client, "192.0.2.1").await.code(), 200);
    sidecar.running.stop().await;
    assert_eq!(passed(&client, "192.0.2.2").await, 5);
    let refused = log_in(&client, "192.0.2.2").await;
    assert_eq!(refused.code(), 429);
    assert_eq!(refused.header("ratelimit-policy"), r#""login-ip";q=5;w=60"#);
    running.stop().await;
}

#[tokio::test]
async fn a_wide_network_shares_a_second_bucket_if_that_is_set() {
    let redis = Redis::start().await;
    let sidecar = Sidecar::with(&redis, &[("RATELIMIT__RULES__IPV6_48", "2")]).await;
    let (running, client) = service(&sidecar.socket).await;
    let first = log_in(&client, "2001:db8:1:1::1").await;
    let told = r#""login-ip";q=5;w=60, "login-ip-48";q=10;w=60"#;
    assert_eq!(first.header("ratelimit-policy"), told);
    assert_eq!(passed(&client, "2001:db8:1:1::1").await, 4);
    assert_eq!(passed(&client, "2001:db8:1:2::1").await, 5);
    let refused = log_in(&client, "2001:db8:1:3::1").await;
    assert_eq!(refused.code(), 429);
    let left = refused.header("ratelimit");
    assert!(
        left.starts_with(r#""login-ip";r=5;t=0, "login-ip-48";r=0;t="#),
        "{left}"
    );
    assert_eq!(passed(&client, "2001:db8:2:3::1").await, 5, "another /48");
    assert_eq!(passed(&client, "192.0.2.1").await, 5);
    running.stop().await;
    sidecar.running.stop().await;
}

/// Without the sidecar, what tells of the limit, `Retry-After` aside.
async fn told_without(dialect: &str) -> Vec<String> {
    let redis = Redis::start().await;
    let sidecar = Sidecar::with(&redis, &[("RATELIMIT__GRPC__HEADERS", dialect)]).await;
    let (running, client) = service(&sidecar.socket).await;
    let with = log_in(&client, "192.0.2.1").await;
    sidecar.running.stop().await;
    assert_eq!(passed(&client, "192.0.2.2").await, 5);
    let without = log_in(&client, "192.0.2.2").await;
    assert_eq!(without.code(), 429);
    assert!(without.header("retry-after").parse::<u32>().unwrap() >= 1);
    running.stop().await;
    let names = |reply: &Reply| {
        let names = reply.headers.keys().map(|name| name.as_str().to_owned());
        let names = names.filter(|name| name.contains("ratelimit"));
        names.collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(names(&with), names(&without));
    names(&without).into_iter().collect()
}

#[tokio::test]
async fn without_the_sidecar_limits_are_told_as_before() {
    assert_eq!(
        told_without("draft-10").await,
        ["ratelimit", "ratelimit-policy"]
    );
    let draft_03 = [
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
    ];
    assert_eq!(told_without("draft-03").await, draft_03);
    assert!(told_without("none").await.is_empty());
}

#[tokio::test]
async fn without_ever_a_sidecar_there_is_a_limit() {
    let (running, client) = service(Path::new("/nowhere/rl.sock")).await;
    let mut passed = 0;
    for _ in 0..60 {
        let reply = client
            .get("/v1/me")
            .header("x-forwarded-for", "192.0.2.1")
            .send()
            .await;
        passed += usize::from(reply.code() == 200);
    }
    assert_eq!(passed, 50);
    running.stop().await;
}
