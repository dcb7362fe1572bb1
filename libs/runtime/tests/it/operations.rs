use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::routing::get;
use runtime::{Need, PoolStats};
use serde_json::json;

use crate::world::{ask, ask_at, process, serve_with, until};

fn flag(up: &Arc<AtomicBool>) -> impl Fn() -> std::future::Ready<Result<(), &'static str>> + use<> {
    let up = Arc::clone(up);
    move || {
        std::future::ready(if up.load(Ordering::Relaxed) {
            Ok(())
        } else {
            Err("is away")
        })
    }
}

#[tokio::test]
async fn dependencies_decide_about_health_and_not_about_readiness() {
    let (postgres, redis) = (
        Arc::new(AtomicBool::new(true)),
        Arc::new(AtomicBool::new(true)),
    );
    let mut process = process();
    process.dependency("postgres", Need::Needed, flag(&postgres));
    process.dependency("redis", Need::Useful, flag(&redis));
    let running = serve_with(process, Router::new(), &json!({})).await;
    let operations = running.address("operations").unwrap();
    let is = async |status: &str, code: u16, public: (u16, &str)| {
        let full = ask_at(operations, "GET /health", &[]).await;
        let brief = ask(&running, "GET /health", &[]).await;
        let fits = (full.status, full.json()["status"].as_str()) == (code, Some(status));
        fits && (brief.status, brief.json()) == (public.0, json!({"status": public.1}))
    };
    until(async || is("up", 200, (200, "up")).await).await;
    redis.store(false, Ordering::Relaxed);
    until(async || is("degraded", 200, (200, "up")).await).await;
    postgres.store(false, Ordering::Relaxed);
    until(async || is("down", 503, (503, "down")).await).await;
    let brief = ask(&running, "GET /health", &[]).await;
    assert_eq!(brief.header("retry-after"), "2");
    assert_eq!(ask_at(operations, "GET /readyz", &[]).await.status, 200);
    let view = ask_at(operations, "GET /health", &[]).await.json();
    assert_eq!(view["dependencies"]["postgres"]["state"], "down");
    assert_eq!(view["dependencies"]["postgres"]["needed"], true);
    postgres.store(true, Ordering::Relaxed);
    redis.store(true, Ordering::Relaxed);
    until(async || is("up", 200, (200, "up")).await).await;
}

#[tokio::test]
async fn a_check_that_hangs_counts_as_down() {
    let mut process = process();
    process.dependency(
        "stuck",
        Need::Useful,
        std::future::pending::<Result<(), String>>,
    );
    let running = serve_with(process, Router::new(), &json!({})).await;
    let operations = running.address("operations").unwrap();
    let view = ask_at(operations, "GET /health", &[]).await.json();
    assert_eq!(view["status"], "degraded");
    assert!(running.stop().await);
}

#[tokio::test]
async fn health_shows_what_there_is() {
    let mut process = process();
    process.dependency("redis", Need::Useful, async || Ok::<_, String>(()));
    let pool = PoolStats {
        max: 10,
        open: 4,
        idle: 3,
    };
    process.pool("postgres", move || pool);
    process.stream(
        "jobs",
        async || json!({"lag": 2, "pending": 1, "oldest": null}),
    );
    process.stream("stuck", std::future::pending::<u8>);
    let running = serve_with(process, Router::new(), &json!({})).await;
    let operations = running.address("operations").unwrap();
    until(async || {
        let view = ask_at(operations, "GET /health", &[]).await.json();
        view["dependencies"]["redis"]["state"] == "up"
    })
    .await;
    let view = ask_at(operations, "GET /health", &[]).await.json();
    assert_eq!(view["service"], "story-service");
    assert_eq!(view["version"], "0.1.0");
    assert!(view["uptime_seconds"].is_u64());
    for name in ["rss_bytes", "open_files", "threads"] {
        assert!(view["process"][name].as_u64() > Some(0), "{name} in {view}");
    }
    assert!(view["process"]["cpu_seconds"].is_f64());
    for name in ["workers", "tasks", "queue_depth"] {
        assert!(view["runtime"][name].is_u64(), "{name} in {view}");
    }
    assert_eq!(
        view["pools"],
        json!({"postgres": {"max": 10, "open": 4, "idle": 3}})
    );
    let streams = json!({"jobs": {"lag": 2, "pending": 1, "oldest": null}, "stuck": null});
    assert_eq!(view["streams"], streams);
    let redis = &view["dependencies"]["redis"];
    assert!(redis["since"].as_str().unwrap().ends_with('Z'));
    assert!(redis["latency_ms"].is_f64());

    let metrics = ask_at(operations, "GET /metrics", &[]).await;
    assert!(metrics.header("content-type").starts_with("text/plain"));
    for line in [
        "process_resident_memory_bytes ",
        "process_cpu_seconds_total ",
        "tokio_alive_tasks ",
        "log_dropped_total ",
        r#"pool_size{pool="postgres",state="idle"} 3"#,
        r#"dependency_up{dependency="redis"} 1"#,
    ] {
        assert!(
            metrics.body.contains(line),
            "{line} is not in\n{}",
            metrics.body
        );
    }
}

/// Once is enough: what is lost later must not take every replica from the balancer.
#[tokio::test]
async fn a_process_is_ready_after_its_conditions_and_stays_so() {
    let migrated = Arc::new(AtomicBool::new(false));
    let mut process = process();
    process.ready_after("schema", flag(&migrated));
    let running = serve_with(process, Router::new(), &json!({})).await;
    let operations = running.address("operations").unwrap();
    let ready = async || ask_at(operations, "GET /readyz", &[]).await;
    let before = ready().await;
    let waiting = json!({"status": "waiting for schema"});
    assert_eq!((before.status, before.json()), (503, waiting));
    for path in ["GET /startupz", "GET /livez"] {
        assert_eq!(ask_at(operations, path, &[]).await.status, 200, "{path}");
    }
    migrated.store(true, Ordering::Relaxed);
    until(async || ready().await.status == 200).await;
    migrated.store(false, Ordering::Relaxed);
    assert_eq!(ready().await.status, 200);
    assert!(running.stop().await);
}

#[tokio::test]
async fn a_process_that_never_gets_ready_stops_in_order() {
    let mut process = process();
    process.ready_after("schema", || std::future::ready(Err("is away")));
    let running = serve_with(process, Router::new(), &json!({})).await;
    assert!(running.stop().await);
}

#[tokio::test]
async fn probes_answer() {
    let running = serve_with(process(), Router::new(), &json!({})).await;
    let operations = running.address("operations").unwrap();
    for (path, status) in [
        ("/livez", "alive"),
        ("/readyz", "ready"),
        ("/startupz", "started"),
    ] {
        let answer = ask_at(operations, &format!("GET {path}"), &[]).await;
        assert_eq!(
            (answer.status, answer.json()),
            (200, json!({"status": status}))
        );
    }
    assert_eq!(ask_at(operations, "GET /nowhere", &[]).await.status, 404);
}

#[tokio::test]
async fn the_health_role_asks_the_operations_listener() {
    let success = format!("{:?}", std::process::ExitCode::SUCCESS);
    let running = serve_with(process(), Router::new(), &json!({})).await;
    let operations = running.address("operations").unwrap();
    let asked = runtime::ask_health(operations).await;
    assert_eq!(format!("{asked:?}"), success);
    let mut anywhere = operations;
    anywhere.set_ip("0.0.0.0".parse().unwrap());
    assert_eq!(
        format!("{:?}", runtime::ask_health(anywhere).await),
        success
    );
    running.stop().await;
    assert_ne!(
        format!("{:?}", runtime::ask_health(operations).await),
        success
    );
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let first = serve_with(process(), Router::new(), &json!({})).await;
    let taken = first.address("http").unwrap();
    let mut second = process();
    second.http(taken, Router::new().route("/", get(async || "x")));
    let Err(error) = second.start().await else {
        unreachable!("the address is taken");
    };
    let said = error.to_string();
    assert!(
        said.contains(&taken.to_string()) && said.contains("http"),
        "{said}"
    );
}
