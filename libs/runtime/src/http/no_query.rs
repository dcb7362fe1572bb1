use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use problem::Query;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Routes that take no query parameters: who sends one is told so by a 422 problem.
pub fn without_query<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.route_layer(from_fn(demand_no_query))
}

async fn demand_no_query(_: Query<Nothing>, request: Request, next: Next) -> Response {
    next.run(request).await
}
