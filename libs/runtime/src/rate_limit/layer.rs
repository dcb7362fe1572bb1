use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{self, MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use contracts::ratelimit::RateLimitResponse;
use contracts::ratelimit::rate_limit_response::Code;
use problem::{Problem, codes};

use super::RateLimitSettings;
use super::client::Sidecar;
use super::headers::{self, Dialect, State};
use super::lesson::lesson;
use super::local::LocalBuckets;
use crate::http::ClientIp;

/// Decides whether a request may go on. Cheap to clone.
#[derive(Clone, Default)]
pub struct RateLimit(Option<Arc<Inner>>);

struct Inner {
    sidecar: Sidecar,
    local: Mutex<LocalBuckets>,
}

/// Whether a request may go on, and what the client is told about it.
struct Answer {
    allowed: bool,
    headers: HeaderMap,
}

/// Stands for every path that no route has.
const NOWHERE: &str = "*";

impl RateLimit {
    /// Lets every request pass.
    pub fn off() -> Self {
        Self(None)
    }

    /// Asks the sidecar, or nobody if limits are switched off. Must be called within a
    /// Tokio runtime.
    pub fn new(settings: &RateLimitSettings) -> Self {
        if !settings.enabled {
            return Self::off();
        }
        Self(Some(Arc::new(Inner {
            sidecar: Sidecar::new(settings),
            local: Mutex::new(LocalBuckets::new(Instant::now())),
        })))
    }

    /// Limits what is tried against one identity, wherever it comes from: an address that
    /// somebody signs in with, a registration that somebody guesses codes for. `route` is
    /// the method and the route, `POST /v1/auth/login`.
    pub async fn check_identity(&self, route: &str, identity: &str) -> Result<(), Problem> {
        let Some(inner) = &self.0 else {
            return Ok(());
        };
        let answer = inner.ask(route, "identity", identity).await;
        if answer.allowed {
            return Ok(());
        }
        Err(refusal(&answer.headers))
    }
}

/// Middleware: asks the limit before the request reaches its handler.
pub(crate) async fn limit(
    extract::State(limit): extract::State<RateLimit>,
    request: Request,
    next: Next,
) -> Response {
    let Some(inner) = &limit.0 else {
        return next.run(request).await;
    };
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map_or(NOWHERE, MatchedPath::as_str);
    let route = format!("{} {path}", request.method());
    let client = request.extensions().get::<ClientIp>();
    let client = client.map_or_else(String::new, ClientIp::key);
    let answer = inner.ask(&route, "ip", &client).await;
    if !answer.allowed {
        return refusal(&answer.headers).into_response();
    }
    let mut response = next.run(request).await;
    for (name, value) in answer.headers {
        if let Some(name) = name {
            response.headers_mut().entry(name).or_insert(value);
        }
    }
    response
}

fn refusal(headers: &HeaderMap) -> Problem {
    let problem = Problem::new(
        &codes::RATE_LIMITED,
        "too many requests; wait as Retry-After says",
    );
    headers.iter().fold(problem, |problem, (name, value)| {
        problem.with_header(name.clone(), value.clone())
    })
}

impl Inner {
    async fn ask(&self, route: &str, kind: &str, principal: &str) -> Answer {
        match self
            .sidecar
            .ask([("route", route), (kind, principal)])
            .await
        {
            Some(response) => self.told(&format!("{route} {kind}"), &response),
            None => self.alone(&format!("{route} {kind}"), principal),
        }
    }

    fn told(&self, route: &str, response: &RateLimitResponse) -> Answer {
        let mut headers = HeaderMap::new();
        for header in &response.response_headers_to_add {
            let name = HeaderName::from_bytes(header.key.as_bytes());
            let value = HeaderValue::from_str(&header.value);
            if let (Ok(name), Ok(value)) = (name, value) {
                headers.insert(name, value);
            }
        }
        let (dialect, policy) = Dialect::read(&headers);
        if let Some(limit) = lesson(response, policy) {
            self.local().learn(route, dialect, limit);
        }
        Answer {
            allowed: response.overall_code() != Code::OverLimit,
            headers,
        }
    }

    fn alone(&self, route: &str, principal: &str) -> Answer {
        let taken = self.local().take(route, principal, Instant::now());
        let state = State {
            policy: taken.policy,
            remaining: taken.remaining,
            reset_in: taken.reset_in,
        };
        let told = taken.dialect.fields(&[state]).into_iter();
        let mut fields: Vec<_> = told
            .map(|(name, value)| (HeaderName::from_static(name), value))
            .collect();
        if !taken.allowed {
            let retry = headers::retry_after(taken.retry_in);
            fields.push((header::RETRY_AFTER, retry.to_string()));
        }
        let fields = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?)));
        Answer {
            allowed: taken.allowed,
            headers: fields.collect(),
        }
    }

    fn local(&self) -> std::sync::MutexGuard<'_, LocalBuckets> {
        self.local.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
