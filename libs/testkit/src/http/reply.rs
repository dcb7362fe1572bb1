#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Reply {
    request: String,
    /// How it went.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Reply {
    pub(super) fn new(request: String, head: Parts, body: Bytes) -> Self {
        Self {
            request,
            status: head.status,
            headers: head.headers,
            body,
        }
    }

    /// The status as a number.
    pub fn code(&self) -> u16 {
        self.status.as_u16()
    }

    /// A header; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|it| it.to_str().ok());
        value.unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; panics when it is none.
    pub fn json(&self) -> Value {
        let problem = || format!("{} answered {} without JSON", self.request, self.status);
        serde_json::from_slice(&self.body)
            .map_err(|_| problem())
            .expect("the body is JSON")
    }

    /// The code of the problem in it; empty if it is none.
    pub fn problem(&self) -> String {
        let body: Option<Value> = serde_json::from_slice(&self.body).ok();
        let code = body.as_ref().and_then(|it| it.get("code")?.as_str());
        code.unwrap_or_default().to_owned()
    }

    /// The answer itself, if it has this status; else panics with the problem's code and
    /// pointers, never with the body.
    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "often the status is all")]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.code(), status, "{}", self.summary());
        self
    }

    /// The answer itself, if it has this status; else what went wrong.
    pub fn ensure(self, status: u16) -> anyhow::Result<Self> {
        anyhow::ensure!(self.code() == status, "{}", self.summary());
        Ok(self)
    }

    fn summary(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let errors = body.get("errors").and_then(Value::as_array);
        let pointers = errors.into_iter().flatten().map(|it| {
            let word = |name| it.get(name).and_then(Value::as_str).unwrap_or_default();
            format!(" {} {}", word("pointer"), word("code"))
        });
        let pointers: String = pointers.collect();
        format!(
            "{} answered {} {}{pointers}",
            self.request,
            self.status,
            self.problem()
        )
    }
}
