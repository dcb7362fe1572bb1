#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::request::Builder;
use http::{Method, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use super::{Events, Reply};

type Connections = hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends requests to one address. Cheap to clone; the connections are shared.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    connections: Connections,
}

impl Client {
    /// A client of `http://host:port`, without a slash at the end.
    pub fn new(base: impl Into<String>) -> Self {
        Self {
            base: base.into(),
            connections: hyper_util::client::legacy::Client::builder(TokioExecutor::new())
                .build_http(),
        }
    }

    /// The address that it was made for.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A request of any method; the path begins with a slash.
    pub fn request(&self, method: Method, path: &str) -> Request {
        Request {
            connections: self.connections.clone(),
            name: format!("{method} {path}"),
            head: http::Request::builder()
                .method(method)
                .uri(format!("{}{path}", self.base)),
            body: Bytes::new(),
        }
    }

    /// A `GET`.
    pub fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    /// A `POST`.
    pub fn post(&self, path: &str) -> Request {
        self.request(Method::POST, path)
    }

    /// A `PUT`.
    pub fn put(&self, path: &str) -> Request {
        self.request(Method::PUT, path)
    }

    /// A `PATCH`.
    pub fn patch(&self, path: &str) -> Request {
        self.request(Method::PATCH, path)
    }

    /// A `DELETE`.
    pub fn delete(&self, path: &str) -> Request {
        self.request(Method::DELETE, path)
    }
}

/// A request that is being put together.
#[derive(Debug)]
#[must_use = "it must be sent"]
pub struct Request {
    connections: Connections,
    name: String,
    head: Builder,
    body: Bytes,
}

impl Request {
    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head = self.head.header(name, value);
        self
    }

    /// Says who asks.
    pub fn bearer(mut self, token: &str) -> Self {
        self.head = self.head.header(AUTHORIZATION, format!("Bearer {token}"));
        self
    }

    /// Sets the body, which is JSON.
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// Sets the body and its type.
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.head = self.head.header(CONTENT_TYPE, content_type);
        self.body = body.into();
        self
    }

    /// Sends it and reads the whole answer; panics when there is none.
    pub async fn send(self) -> Reply {
        self.try_send().await.expect("there is an answer")
    }

    /// Sends it and reads the whole answer.
    pub async fn try_send(self) -> anyhow::Result<Reply> {
        let name = self.name.clone();
        let whole = async {
            let response = self.open().await?;
            let (head, body) = response.into_parts();
            let body = body.collect().await?.to_bytes();
            anyhow::Ok(Reply::new(name, head, body))
        };
        tokio::time::timeout(PATIENCE, whole)
            .await
            .context("no whole answer in time")?
    }

    /// Sends it and reads the answer as server-sent events.
    pub async fn events(mut self) -> anyhow::Result<Events> {
        self.head = self.head.header(ACCEPT, "text/event-stream");
        let name = self.name.clone();
        let opened = tokio::time::timeout(PATIENCE, self.open()).await;
        let response = opened.context("no answer in time")??;
        let status = response.status();
        anyhow::ensure!(status.is_success(), "{name} answered {status}");
        Ok(Events::new(response.into_body()))
    }

    async fn open(self) -> anyhow::Result<Response<Incoming>> {
        let request = self.head.body(Full::new(self.body))?;
        let sent = self.connections.request(request).await;
        sent.with_context(|| format!("{} got no answer", self.name))
    }
}
