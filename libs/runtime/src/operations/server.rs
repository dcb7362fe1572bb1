use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use problem::Json;
use prometheus::{Registry, TextEncoder};
use serde::Serialize;

use super::dependencies::Overall;
use super::health::{Health, Phase};

#[derive(Serialize)]
struct Brief<'a> {
    status: &'a str,
}

/// Every address of the operations listener.
pub(crate) fn router(health: Health, registry: Registry) -> Router {
    let metrics = async move || metrics(&registry);
    Router::new()
        .route("/livez", get(async || brief(true, "alive", "")))
        .route("/readyz", get(ready))
        .route("/startupz", get(started))
        .route("/health", get(full))
        .with_state(health)
        .route("/metrics", get(metrics))
}

/// Ready is who listens, has seen its conditions come true, and was not asked to end.
///
/// A process stays ready while something that it needs is down: were it not, every
/// replica would leave the balancer at once, and clients would be refused by the proxy
/// instead of being told by a 503 problem what is wrong and when to come back. Requests
/// that need less still succeed. `/health` tells the operator.
async fn ready(State(health): State<Health>) -> Response {
    match (health.phase(), health.conditions.unmet()) {
        (Phase::Starting, _) => brief(false, "", "starting"),
        (Phase::Ending, _) => brief(false, "", "ending"),
        (Phase::Serving, None) => brief(true, "ready", ""),
        (Phase::Serving, Some(name)) => brief(false, "", &format!("waiting for {name}")),
    }
}

async fn started(State(health): State<Health>) -> Response {
    brief(health.phase() != Phase::Starting, "started", "starting")
}

async fn full(State(health): State<Health>) -> Response {
    let view = health.view().await;
    (status_of(view.status != Overall::Down), Json(view)).into_response()
}

/// `GET /health` on a public port: up or down and nothing more.
pub(crate) async fn public(State(health): State<Health>) -> Response {
    let up = health.dependencies.overall() != Overall::Down;
    let mut answer = brief(up, "up", "down");
    if !up {
        let again = HeaderValue::from_static("2");
        answer.headers_mut().insert(header::RETRY_AFTER, again);
    }
    answer
}

fn brief(well: bool, yes: &str, no: &str) -> Response {
    let status = if well { yes } else { no };
    (status_of(well), Json(Brief { status })).into_response()
}

fn status_of(well: bool) -> StatusCode {
    if well {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

fn metrics(registry: &Registry) -> Response {
    match TextEncoder::new().encode_to_string(&registry.gather()) {
        Ok(text) => {
            let content_type = (header::CONTENT_TYPE, prometheus::TEXT_FORMAT);
            ([content_type], Body::from(text)).into_response()
        }
        Err(error) => {
            tracing::error!(error.message = %error, "metrics could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
