use std::time::Duration;

use axum::Router;
use axum::routing::post;
use problem::{Json, Problem};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::world::{Answer, ask, serve, talk};

fn routes() -> Router {
    let quick = Router::new().route("/quick", post(async |Json(body): Json<Value>| Json(body)));
    Router::new()
        .merge(runtime::http::within(quick, Duration::from_millis(50)))
        .route("/read", post(async |Json(body): Json<Value>| Json(body)))
        .route("/refuse", post(async || Problem::temporarily_unavailable()))
}

fn request(path: &str, more: &str, length: usize) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n{more}\r\n"
    );
    head.into_bytes()
}

/// As `talk`, but sends the whole body before it reads anything, as many proxies do.
async fn send_all(address: std::net::SocketAddr, path: &str, length: usize) -> Answer {
    let mut said = request(path, "connection: close\r\n", length);
    said.extend(vec![b' '; length]);
    talk(address, &said).await
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_with_a_problem() {
    let running = serve(routes()).await;
    let address = running.address("http").unwrap();
    for length in [2049, 500_000, 1_000_000] {
        let answer = send_all(address, "/read", length).await;
        assert_eq!(answer.status, 413, "{length}: {answer:?}");
        assert_eq!(answer.json()["code"], "body-too-large");
    }
    let mut chunked = b"POST /read HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\
        content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        .to_vec();
    for _ in 0..8 {
        chunked.extend(b"400\r\n");
        chunked.extend([b' '; 0x400]);
        chunked.extend(b"\r\n");
    }
    chunked.extend(b"0\r\n\r\n");
    assert_eq!(talk(address, &chunked).await.status, 413);
}

#[tokio::test]
async fn a_body_within_the_limit_is_read() {
    let running = serve(routes()).await;
    let address = running.address("http").unwrap();
    let mut said = request("/read", "connection: close\r\n", 2048);
    said.extend(format!("{:<2048}", r#"{"theme":"otters"}"#).into_bytes());
    let answer = talk(address, &said).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, r#"{"theme":"otters"}"#)
    );
}

#[tokio::test]
async fn a_request_that_is_refused_unread_is_drained_and_the_connection_lives() {
    let running = serve(routes()).await;
    let address = running.address("http").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    for _ in 0..3 {
        let mut said = request("/refuse", "", 900_000);
        said.extend(vec![b'x'; 900_000]);
        stream.write_all(&said).await.unwrap();
        let mut heard = Vec::new();
        while !heard.ends_with(b"}") {
            assert_ne!(stream.read_buf(&mut heard).await.unwrap(), 0);
        }
        assert!(heard.starts_with(b"HTTP/1.1 503"));
    }
}

#[tokio::test]
async fn a_client_that_asks_first_is_answered_without_its_body() {
    let running = serve(routes()).await;
    let address = running.address("http").unwrap();
    let said = request("/refuse", "expect: 100-continue\r\n", 900_000);
    let answer = talk(address, &said).await;
    assert_eq!(answer.status, 503);
}

#[tokio::test]
async fn a_body_that_trickles_is_given_up() {
    let running = serve(routes()).await;
    let address = running.address("http").unwrap();
    let mut said = request("/read", "", 100);
    said.extend(b"{");
    let began = std::time::Instant::now();
    let answer = talk(address, &said).await;
    assert_eq!(answer.status, 408, "{answer:?}");
    assert_eq!(answer.json()["code"], "request-timeout");
    assert_eq!(answer.header("connection"), "close");
    assert!(began.elapsed() < Duration::from_secs(5));
    // Refused before it was read: the answer does not wait for ever either.
    let answer = talk(address, &request("/refuse", "connection: close\r\n", 100)).await;
    assert_eq!(answer.status, 503);
}

/// As a sign-in has, which a slow line must not make look like an outage.
#[tokio::test]
async fn a_route_with_less_time_gives_a_body_as_much_as_the_others() {
    let running = serve(routes()).await;
    let address = running.address("http").unwrap();
    let mut said = request("/quick", "", 100);
    said.extend(b"{");
    let answer = talk(address, &said).await;
    assert_eq!(answer.status, 408, "{answer:?}");

    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = request("/quick", "connection: close\r\n", 2);
    stream.write_all(&head).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    stream.write_all(b"{}").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_request_without_a_body_needs_none() {
    let running = serve(routes()).await;
    assert_eq!(ask(&running, "POST /refuse", &[]).await.status, 503);
}
