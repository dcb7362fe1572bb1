use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use kernel::{Ids as _, TimeOrderedIds};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{Problem, Violations};

/// Names one request, in problems, answers and logs. The middleware stack puts it into
/// the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

impl RequestId {
    const MAX: usize = 64;

    /// The caller's own id if it is 1 to 64 of `A–Z a–z 0–9 . _ -`, else a new one.
    pub fn accept(given: Option<&HeaderValue>) -> Self {
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let fits = |id: &&str| (1..=Self::MAX).contains(&id.len()) && id.bytes().all(token);
        let given = given.and_then(|value| value.to_str().ok()).filter(fits);
        Self(given.map_or_else(|| TimeOrderedIds.next().to_string(), str::to_owned))
    }
}

/// The body of every failed REST call.
#[derive(Serialize)]
struct ProblemView<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    code: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Violations::is_empty")]
    errors: &'a Violations,
    #[serde(flatten)]
    members: &'a Map<String, Value>,
}

/// Middleware: writes the body of each [`Problem`]; `public_url` serves the pages
/// about problem codes.
pub async fn render(State(public_url): State<Arc<str>>, request: Request, next: Next) -> Response {
    let instance = request.uri().path().to_owned();
    let request_id = request
        .extensions()
        .get::<RequestId>()
        .cloned()
        .unwrap_or_else(|| RequestId::accept(request.headers().get("x-request-id")));
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let view = ProblemView {
            r#type: format!("{public_url}/problems/{}", problem.code.name),
            title: problem.code.title,
            status: problem.code.status.as_u16(),
            detail: &problem.detail,
            instance: &instance,
            code: problem.code.name,
            request_id: &request_id.0,
            errors: &problem.violations,
            members: &problem.members,
        };
        write_body(&view, &mut response);
    }
    response
}

fn write_body(view: &ProblemView<'_>, response: &mut Response) {
    let headers = response.headers_mut();
    let content_type = HeaderValue::from_static("application/problem+json");
    headers.insert(header::CONTENT_TYPE, content_type);
    headers.remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(serde_json::to_vec(view).unwrap_or_default());
}
