use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use serde_json::json;

/// What the front door itself has to say.
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: &'static str,
}

/// The service is starting, or gone for the moment.
pub(super) const AWAY: Refusal = Refusal {
    status: StatusCode::SERVICE_UNAVAILABLE,
    code: "temporarily-unavailable",
    title: "Not possible at the moment",
    detail: "the service is not there at the moment; try again",
};

/// No service takes as much.
pub(super) const TOO_LARGE: Refusal = Refusal {
    status: StatusCode::PAYLOAD_TOO_LARGE,
    code: "body-too-large",
    title: "The body is too large",
    detail: "no request may be larger than 1 MiB",
};

/// The refusal as a problem (RFC 9457).
pub(super) fn problem(public_url: &str, path: &str, refusal: &Refusal) -> Response {
    let problem = json!({
        "type": format!("{public_url}/problems/{}", refusal.code),
        "title": refusal.title,
        "status": refusal.status.as_u16(),
        "detail": refusal.detail,
        "instance": path,
        "code": refusal.code,
        "request_id": uuid::Uuid::new_v4().to_string(),
    });
    let mut response = Response::new(Body::from(problem.to_string()));
    *response.status_mut() = refusal.status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if refusal.status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
