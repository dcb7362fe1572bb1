use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use runtime::{Process, RateLimit};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::world::{SERVICE, anywhere, ask_at, process, serve_with, settings, until};

const DRAIN: Duration = Duration::from_millis(700);

/// Answers when the parent closes our standard input.
async fn slow() -> &'static str {
    tracing::info!("slow request came");
    tokio::io::stdin()
        .read_to_end(&mut Vec::new())
        .await
        .unwrap();
    "finished"
}

/// The child: a whole process, until it is told to end.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the other tests"]
async fn child() {
    let telemetry = json!({"level": "info", "format": "ecs", "otlp_endpoint": ""});
    let settings_of_child = Ok(serde_json::from_value::<telemetry::Settings>(telemetry).unwrap());
    let environment = serde_json::from_value(json!("test")).unwrap();
    let run = |_| async {
        let mut process = Process::new(SERVICE, anywhere(), DRAIN)?;
        let settings = settings(&json!({"handler_timeout_ms": 5000}));
        let router = Router::new().route("/slow", get(slow));
        let router = process.public(router, &settings, "http://x".into(), RateLimit::off());
        process.http(settings.listen, router);
        let stopping = process.tasks().stopping();
        process.tasks().keep("loop", async move {
            stopping.cancelled().await;
            tracing::info!("loop ended");
        });
        if std::env::var_os("STORYLOOM_TEST_FAILS").is_some() {
            process.tasks().keep("weak", async {});
        }
        process.run().await
    };
    let code = runtime::play(
        SERVICE,
        settings_of_child,
        |it: &telemetry::Settings| (it.clone(), environment),
        run,
    );
    let code = tokio::time::timeout(Duration::from_secs(30), code)
        .await
        .unwrap();
    std::process::exit(i32::from(
        format!("{code:?}") != format!("{:?}", std::process::ExitCode::SUCCESS),
    ));
}

struct Child {
    process: std::process::Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Child {
    fn start(variable: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "shutdown::child", "--nocapture"])
            .env(variable, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = process.stdout.take().unwrap();
        Self {
            process,
            lines: BufReader::new(output).lines(),
        }
    }

    /// The next line of its log with this message.
    fn line(&mut self, message: &str) -> Value {
        let lines = self.lines.by_ref().map(Result::unwrap);
        let mut lines = lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok());
        lines.find(|line| line["message"] == message).unwrap()
    }

    /// As `line`, while other futures of the test go on.
    async fn line_meanwhile(self, message: &'static str) -> (Self, Value) {
        let read = move || {
            let mut child = self;
            let line = child.line(message);
            (child, line)
        };
        tokio::task::spawn_blocking(read).await.unwrap()
    }

    fn listening(&mut self, listener: &str) -> SocketAddr {
        loop {
            let line = self.line("listening");
            if line["labels.listener"] == listener {
                return line["labels.address"].as_str().unwrap().parse().unwrap();
            }
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_ends_without_losing_a_request() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut child = Child::start("STORYLOOM_TEST_NOTHING");
        let operations = child.listening("operations");
        let public = child.listening("http");
        child.line("serving");
        assert_eq!(ask_at(operations, "GET /readyz", &[]).await.status, 200);

        let began = Instant::now();
        kill(
            Pid::from_raw(child.process.id().try_into().unwrap()),
            signal,
        )
        .unwrap();
        let ending = child.line("ending");
        assert_eq!(ending["labels.reason"], signal.as_str());
        until(async || ask_at(operations, "GET /readyz", &[]).await.status == 503).await;
        // The drain time: whoever has not noticed yet is still served.
        let trace = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let slow = async {
            let slow = ask_at(public, "GET /slow?secret", &[trace, "x-request-id: slow-1"]).await;
            assert_eq!(slow.body, "finished");
        };
        let meanwhile = async {
            let (child, _) = child.line_meanwhile("slow request came").await;
            let came = Instant::now();
            let (mut child, _) = child.line_meanwhile("loop ended").await;
            assert!(began.elapsed() >= DRAIN);
            assert_eq!(ask_at(operations, "GET /livez", &[]).await.status, 200);
            assert!(TcpStream::connect(public).await.is_err());
            let took = came.elapsed();
            drop(child.process.stdin.take());
            (child, took)
        };
        let ((), (mut child, took)) = tokio::join!(slow, meanwhile);
        check_access_line(&child.line("request answered"), took);
        let status = tokio::task::block_in_place(|| child.process.wait().unwrap());
        assert!(status.success(), "{status}");
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}

fn check_access_line(line: &Value, took: Duration) {
    for (name, value) in [
        ("http.request.method", json!("GET")),
        ("http.request.id", json!("slow-1")),
        ("http.response.status_code", json!(200)),
        ("http.response.body.bytes", json!(8)),
        ("http.version", json!("1.1")),
        ("url.path", json!("/slow")),
        ("url.domain", json!("test")),
        ("labels.route", json!("/slow")),
        ("client.ip", json!("127.0.0.1")),
        ("trace.id", json!("4bf92f3577b34da6a3ce929d0e0e4736")),
    ] {
        assert_eq!(line[name], value, "{name} in {line}");
    }
    let duration = line["event.duration"].as_u64().map(Duration::from_nanos);
    assert!(duration >= Some(took), "{line}");
    assert!(!line.to_string().contains("secret"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_must_go_on_and_ends_takes_the_process_with_it() {
    let mut child = Child::start("STORYLOOM_TEST_FAILS");
    let told = child.line("a task ended that must go on");
    assert_eq!(told["labels.task"], "weak");
    let status = tokio::task::block_in_place(|| child.process.wait().unwrap());
    assert!(!status.success());
}

#[tokio::test]
async fn what_does_not_finish_is_cut_off_in_the_end() {
    let mut process = process();
    process.finish_within(Duration::from_millis(100));
    process.tasks().spawn(std::future::pending());
    let running = serve_with(process, Router::new(), &json!({})).await;
    let began = Instant::now();
    assert!(!running.stop().await);
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_the_end() {
    let running = serve_with(process(), Router::new(), &json!({})).await;
    let address = running.address("http").unwrap();
    let idle = TcpStream::connect(address).await.unwrap();
    let began = Instant::now();
    assert!(running.stop().await);
    assert!(began.elapsed() < Duration::from_secs(3));
    drop(idle);
}
