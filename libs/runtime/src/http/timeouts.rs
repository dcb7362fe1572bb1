use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use problem::Problem;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Gives the routes less time than the settings do, from when a request has arrived with its
/// body until its answer begins. How long the body may take is the same everywhere.
pub fn within<S: Clone + Send + Sync + 'static>(router: Router<S>, limit: Duration) -> Router<S> {
    router.route_layer(from_fn_with_state(limit, self::limit))
}

/// Middleware: an answer that has not begun in time, counted from when the body was read or
/// put aside, is a 503 problem. Its own body may go on for as long as it likes, as streams of
/// events do.
pub(crate) async fn limit(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let (request, arrived) = noticed(request);
    let late = async {
        arrived.cancelled().await;
        sleep(limit).await;
    };
    tokio::select! {
        answer = next.run(request) => answer,
        () = late => {
            tracing::warn!("no answer in time");
            Problem::temporarily_unavailable().into_response()
        }
    }
}

/// The request, and a token that is cancelled when nobody reads its body any more.
fn noticed(request: Request) -> (Request, CancellationToken) {
    let arrived = CancellationToken::new();
    let guard = arrived.clone().drop_guard();
    let noticed = request.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _held = &guard;
            frame
        }))
    });
    (noticed, arrived)
}
