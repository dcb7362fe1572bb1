use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use problem::{Problem, codes};
use tower_http::catch_panic::CatchPanicLayer;

use super::metrics::HttpMetrics;
use super::settings::Settings;
use super::{body, headers, observe, timeouts};
use crate::operations::{self, Health};
use crate::rate_limit::{self, RateLimit};

/// What the stack is made of.
pub(crate) struct Stack<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) public_url: Arc<str>,
    pub(crate) limit: RateLimit,
    pub(crate) health: Health,
    pub(crate) metrics: HttpMetrics,
}

/// The longest path and query that is read.
const LONGEST_URI: usize = 8 * 1024;

/// Puts the stack around a router. Read it from the bottom: the last layer is the
/// outermost, which a request meets first.
pub(crate) fn wrap(router: Router, stack: Stack<'_>) -> Router {
    let settings = stack.settings;
    let health = get(operations::public).with_state(stack.health);
    let observer = observe::Observer {
        trusted: settings.trusted_proxies.clone(),
        metrics: stack.metrics,
    };
    let bodies = body::Limits {
        arrive_within: settings.body_timeout_ms.millis(),
    };
    router
        .fallback(Problem::not_found())
        .method_not_allowed_fallback(Problem::method_not_allowed())
        .layer(from_fn_with_state(
            settings.handler_timeout_ms.millis(),
            timeouts::limit,
        ))
        .layer(from_fn_with_state(stack.limit, rate_limit::limit))
        .route("/health", health.fallback(Problem::method_not_allowed()))
        .layer(DefaultBodyLimit::max(settings.body_limit_bytes.size()))
        .layer(from_fn(refuse_long_uris))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(bodies, body::drain))
        .layer(from_fn_with_state(stack.public_url, problem::render))
        .layer(from_fn(headers::add))
        .layer(from_fn_with_state(observer, observe::observe))
}

async fn refuse_long_uris(request: Request, next: Next) -> Response {
    let uri = request.uri();
    let length = uri.path().len() + uri.query().map_or(0, str::len);
    if length <= LONGEST_URI {
        return next.run(request).await;
    }
    Problem::new(&codes::URI_TOO_LONG, "the address is longer than 8 KiB").into_response()
}

/// What a panic says has been logged by the panic hook; the client learns nothing of it.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    Problem::internal_error().into_response()
}
