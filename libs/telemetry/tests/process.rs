//! Telemetry of a whole process: the test starts itself once more as a child.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::service::Routes;
use tonic::transport::Server;

const ENDPOINT: &str = "STORYLOOM_TEST_COLLECTOR";

/// The child: logs, panics on another thread, and ends.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the other tests"]
async fn child() {
    let endpoint = std::env::var_os(ENDPOINT).unwrap_or_default();
    let settings = format!(r#"{{"level":"info","format":"auto","otlp_endpoint":{endpoint:?}}}"#);
    let settings: telemetry::Settings = serde_json::from_str(&settings).unwrap();
    let origin = telemetry::Origin {
        service: "story-service",
        version: "0.0.1",
        environment: serde_json::from_str(r#""test""#).unwrap(),
    };
    let guard = telemetry::init(&settings, &origin).unwrap();
    let span = tracing::info_span!("span that is sent", user.token = "hunter2");
    let thread = {
        let _entered = span.enter();
        tracing::info!(story.id = 7, "said");
        let inner = span.clone();
        std::thread::spawn(move || inner.in_scope(panics))
    };
    thread.join().unwrap_err();
    drop(span);
    tokio::task::spawn_blocking(move || drop(guard))
        .await
        .unwrap();
}

#[expect(clippy::panic, reason = "that is the point")]
fn panics() {
    panic!("it broke\n{{\"message\":\"forged\"}}");
}

fn run_child(endpoint: &str) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "child", "--nocapture"])
        .env(ENDPOINT, endpoint)
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap()
}

#[test]
fn a_process_writes_ecs_lines_and_its_panics_too() {
    let output = run_child("");
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<serde_json::Value> = said
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [said, panic] = lines.try_into().unwrap();
    assert_eq!(said["message"], "said");
    assert_eq!(said["event.dataset"], "storyloom.story");
    assert_eq!(said["labels.story_id"], "7");
    assert_eq!(panic["log.level"], "error");
    assert_eq!(panic["error.type"], "panic");
    assert_eq!(panic["error.message"], "it broke\n{\"message\":\"forged\"}");
    assert!(
        panic["error.stack_trace"]
            .as_str()
            .unwrap()
            .contains("process.rs")
    );
    assert_eq!(panic["trace.id"], said["trace.id"]);
}

type Received = Arc<Mutex<Vec<Bytes>>>;

async fn export(State(received): State<Received>, body: Bytes) -> impl IntoResponse {
    received.lock().unwrap().push(body);
    // An empty answer, and a good one.
    let headers = [("content-type", "application/grpc"), ("grpc-status", "0")];
    (headers, vec![0_u8; 5])
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_reach_a_collector() {
    let received = Received::default();
    let path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    let router = Router::new()
        .route(path, post(export))
        .with_state(received.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = Server::builder().add_routes(Routes::from(router));
    let serving = server.serve_with_incoming(TcpListenerStream::new(listener));
    let child = tokio::task::spawn_blocking(move || run_child(&endpoint));
    let output = tokio::select! {
        output = child => output.unwrap(),
        ended = serving => unreachable!("{ended:?}"),
    };
    assert!(output.status.success(), "{output:?}");
    let received = received.lock().unwrap().concat();
    let contains = |text: &str| received.windows(text.len()).any(|it| it == text.as_bytes());
    assert!(contains("span that is sent"));
    assert!(contains("story-service"));
    assert!(contains("[redacted]") && !contains("hunter2"));
}

#[test]
fn a_collector_that_is_not_there_holds_nothing_up() {
    let began = std::time::Instant::now();
    let output = run_child("http://127.0.0.1:9");
    assert!(output.status.success(), "{output:?}");
    assert!(began.elapsed().as_secs() < 10);
}
