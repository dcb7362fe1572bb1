use std::error::Error as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::any;

use super::{Access, Elasticsearch, HttpClient};
use crate::application::ports::{LogStore as _, Unavailable};

/// A node that answers as told, in turn, the last answer for ever.
struct Node {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    _serving: tokio::task::JoinSet<()>,
}

impl Node {
    async fn start(answers: &'static [(u16, &'static str)]) -> Self {
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let noted = asked.clone();
        let answer = move |request: Request| {
            let mut asked = noted.lock().unwrap();
            let (status, body) = *answers.get(asked.len()).unwrap_or(answers.last().unwrap());
            let who = request.headers().get("authorization");
            let who = who.map_or("nobody", |it| it.to_str().unwrap());
            let path = request.uri().path();
            asked.push(format!("{} {path} {who}", request.method()));
            std::future::ready((StatusCode::from_u16(status).unwrap(), body))
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut serving = tokio::task::JoinSet::new();
        let router = Router::new().fallback(any(answer));
        serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            asked,
            _serving: serving,
        }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn set_up(hosts: &[&str], user: &str) -> Result<Vec<String>, Unavailable> {
    let access = Access {
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        credentials: (user.to_owned(), "of-the-test".to_owned()),
        patience: Duration::from_secs(20),
    };
    let http = HttpClient::new(None).unwrap();
    Elasticsearch::new(http, access).set_up(None).await
}

#[tokio::test]
async fn both_templates_are_put_by_who_signs_in() {
    let node = Node::start(&[(200, "{}")]).await;
    let put = set_up(&[&node.url], "storyloom").await.unwrap();
    assert_eq!(put, ["logs-storyloom", "logs-storyloom-rejected"]);
    // storyloom:of-the-test
    let first = "PUT /_index_template/logs-storyloom Basic c3Rvcnlsb29tOm9mLXRoZS10ZXN0";
    assert_eq!(node.asked()[0], first);
}

#[tokio::test]
async fn nobody_signs_in_without_a_name() {
    let node = Node::start(&[(200, "{}")]).await;
    set_up(&[&node.url], "").await.unwrap();
    assert!(node.asked()[0].ends_with(" nobody"));
}

#[tokio::test]
async fn a_node_that_is_away_or_starts_is_passed_over_or_waited_for() {
    let nobody = format!("http://127.0.0.1:{}", testkit::free_port());
    let node = Node::start(&[(503, "{}"), (200, "{}")]).await;
    set_up(&[&nobody, &node.url], "").await.unwrap();
    assert_eq!(node.asked().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_told_at_once_with_its_reason() {
    const REFUSAL: &str = r#"{"error": {"reason": "composed of what is not there"}}"#;
    let node = Node::start(&[(400, REFUSAL)]).await;
    let error = set_up(&[&node.url], "").await.unwrap_err();
    assert!(error.to_string().contains("logs-storyloom"), "{error}");
    let why = error.source().unwrap().to_string();
    assert!(why.contains("composed of what is not there"), "{why}");
    assert_eq!(node.asked().len(), 1);
}

#[test]
fn an_authority_without_a_certificate_is_refused() {
    assert!(HttpClient::new(Some("nonsense")).is_err());
}
