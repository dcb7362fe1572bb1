//! `Idempotency-Key`: a name for a request, so that it can be sent again.

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use problem::Problem;
use serde::Serialize;

use crate::application::ports::Answer;
use crate::domain::{Fingerprint, FingerprintKey};

/// The name of a request and what tells it from others of that name.
pub struct Named {
    pub key: String,
    pub fingerprint: Fingerprint,
}

/// What the client calls this request, if it does. Requests are the same if they mean the
/// same, however their JSON is written.
pub fn named(
    headers: &HeaderMap,
    fingerprints: &FingerprintKey,
    body: &impl Serialize,
) -> Result<Option<Named>, Problem> {
    let Some(key) = problem::idempotency_key(headers)? else {
        return Ok(None);
    };
    let body = serde_json::to_vec(body).map_err(|_| Problem::internal_error())?;
    Ok(Some(Named {
        key,
        fingerprint: fingerprints.of(&body),
    }))
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let response = Response::builder().status(self.status);
        let response = self
            .headers
            .iter()
            .fold(response, |response, (name, value)| {
                response.header(name, value)
            });
        match response.body(self.body.into()) {
            Ok(response) => response,
            Err(_) => Problem::internal_error().into_response(),
        }
    }
}
