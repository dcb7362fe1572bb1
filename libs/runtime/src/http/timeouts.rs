use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use problem::Problem;

/// Gives the routes less time than the settings do until their answer begins.
pub fn within<S: Clone + Send + Sync + 'static>(router: Router<S>, limit: Duration) -> Router<S> {
    router.route_layer(from_fn_with_state(limit, self::limit))
}

/// Middleware: an answer that has not begun in time is a 503 problem. A body may go on
/// for as long as it likes, as streams of events do.
pub(crate) async fn limit(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(limit, next.run(request)).await;
    answer.unwrap_or_else(|_| {
        tracing::warn!("no answer in time");
        Problem::temporarily_unavailable().into_response()
    })
}
