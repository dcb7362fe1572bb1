//! Turns failures into `application/problem+json` (RFC 9457), in one place.
//!
//! Handlers return a [`Problem`]; the middleware [`render()`] writes its body.
#![warn(missing_docs)]

pub mod codes;
pub mod grpc;
mod idempotency;
mod json;
mod path;
mod query;
mod render;
mod shape;
mod violations;

use std::error::Error;
use std::iter::successors;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{Coded, ErrorKind};
use serde_json::{Map, Value};

pub use codes::Code;
pub use idempotency::idempotency_key;
pub use json::{Json, MergePatch};
pub use path::PathId;
pub use query::Query;
pub use render::{RequestId, render};
pub use violations::Violations;

/// How many seconds a client is asked to wait where nothing better is known.
const RETRY_AFTER: u32 = 2;

/// Why a REST call failed.
#[derive(Debug, Clone)]
pub struct Problem {
    code: &'static Code,
    detail: String,
    violations: Violations,
    members: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem of a documented code.
    pub fn new(code: &'static Code, detail: impl Into<String>) -> Self {
        let problem = Self {
            code,
            detail: detail.into(),
            violations: Violations::default(),
            members: Map::new(),
            headers: Vec::new(),
        };
        if code.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            return problem.with_header(header::WWW_AUTHENTICATE, scheme);
        }
        problem
    }

    /// The answer on a path that does not exist.
    pub fn not_found() -> Self {
        Self::new(&codes::NOT_FOUND, "there is nothing at this address")
    }

    /// The answer to a method that the path does not have.
    pub fn method_not_allowed() -> Self {
        Self::new(&codes::METHOD_NOT_ALLOWED, "see the Allow header")
    }

    /// The answer while a dependency is away; asks the client to come back.
    pub fn temporarily_unavailable() -> Self {
        let detail = "this cannot be done at the moment";
        Self::new(&codes::TEMPORARILY_UNAVAILABLE, detail).with_retry_after(RETRY_AFTER)
    }

    /// The answer to a fault of ours. Says nothing about it.
    pub fn internal_error() -> Self {
        Self::new(&codes::INTERNAL_ERROR, "something went wrong on our side")
    }

    /// The problem with one more member (RFC 9457 §3.2).
    #[must_use]
    pub fn with_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// The problem with `Retry-After` in seconds, at least one.
    #[must_use]
    pub fn with_retry_after(self, seconds: u32) -> Self {
        self.with_header(header::RETRY_AFTER, seconds.max(1).into())
    }

    /// The problem with a header of its own.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Its code.
    pub fn code(&self) -> &'static Code {
        self.code
    }
}

impl<E: Coded + 'static> From<E> for Problem {
    fn from(error: E) -> Self {
        let code = codes::find(error.code()).unwrap_or_else(|| codes::of_kind(error.kind()));
        if code.status.is_server_error() {
            tracing::error!(
                error.code = code.name,
                error.message = chain(&error),
                "request failed"
            );
        } else {
            tracing::debug!(error.code = code.name, "request refused");
        }
        let problem = match error.kind() {
            ErrorKind::Internal => return Self::internal_error(),
            _ => Self::new(code, error.to_string()),
        };
        match (error.retry_after(), error.kind()) {
            (Some(seconds), _) => problem.with_retry_after(seconds),
            (None, ErrorKind::Unavailable | ErrorKind::RateLimited) => {
                problem.with_retry_after(RETRY_AFTER)
            }
            (None, _) => problem,
        }
    }
}

impl From<Violations> for Problem {
    fn from(violations: Violations) -> Self {
        let problem = Self::new(violations.code(), "see errors for what is wrong and where");
        Self {
            violations,
            ..problem
        }
    }
}

/// Carries the problem to [`render()`], which knows the request.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.code.status.into_response();
        for (name, value) in &self.headers {
            response.headers_mut().insert(name, value.clone());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The error and its causes: `a: b: c`.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let texts: Vec<_> = causes(error).map(ToString::to_string).collect();
    texts.join(": ")
}

/// The error itself, then what caused it, down to the root.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |error| (*error).source())
}
