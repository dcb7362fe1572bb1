use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use runtime::{Process, RateLimit, Running, Service};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub const SERVICE: Service = Service {
    name: "story-service",
    version: "0.1.0",
};

pub fn anywhere() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

pub fn process() -> Process {
    Process::new(SERVICE, anywhere(), Duration::ZERO).unwrap()
}

/// The settings of a public port, some of them other than usual.
pub fn settings(other: &Value) -> runtime::http::Settings {
    let mut settings = json!({
        "listen": "127.0.0.1:0",
        "trusted_proxies": "127.0.0.1",
        "body_limit_bytes": 2048,
        "body_timeout_ms": 300,
        "handler_timeout_ms": 500,
    });
    for (key, value) in other.as_object().unwrap() {
        settings[key] = value.clone();
    }
    serde_json::from_value(settings).unwrap()
}

/// Serves the routes as a public port does.
pub async fn serve(router: Router) -> Running {
    serve_with(process(), router, &json!({})).await
}

pub async fn serve_with(mut process: Process, router: Router, other: &Value) -> Running {
    let settings = settings(other);
    let url = "https://stories.example".into();
    let router = process.public(router, &settings, url, RateLimit::off());
    process.http(settings.listen, router);
    process.start().await.unwrap()
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let status = lines.next().unwrap_or_default().split(' ').nth(1);
        let headers = lines.filter_map(|line| line.split_once(": "));
        Self {
            status: status.unwrap_or("0").parse().unwrap(),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            body: body.to_owned(),
        }
    }
}

/// Sends bytes and reads until the other end closes.
pub async fn talk(address: SocketAddr, said: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(said).await.unwrap();
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).await.unwrap();
    Answer::parse(&String::from_utf8_lossy(&heard))
}

/// One request on a connection of its own; `more` are lines of its head.
pub async fn ask(running: &Running, request: &str, more: &[&str]) -> Answer {
    let address = running.address("http").unwrap();
    ask_at(address, request, more).await
}

pub async fn ask_at(address: SocketAddr, request: &str, more: &[&str]) -> Answer {
    let mut head = format!("{request} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n");
    for line in more {
        head.push_str(line);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    talk(address, head.as_bytes()).await
}

/// Asks until the answer is as wanted; the last answer if it never is.
pub async fn until(wanted: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !wanted().await {
        assert!(Instant::now() < deadline, "it never came true");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
