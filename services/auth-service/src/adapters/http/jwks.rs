use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::Api;
use super::etag::ETag;

/// The public keys as they are served.
pub struct Jwks {
    document: Arc<str>,
    etag: ETag,
}

impl Jwks {
    const CACHE: &str = "public, max-age=300";

    /// Keeps the JSON of a key set.
    pub fn new(document: Arc<str>) -> Self {
        let hash = Sha256::digest(document.as_bytes());
        let etag = ETag::named(&BASE64_URL_SAFE_NO_PAD.encode(hash));
        Self { document, etag }
    }
}

/// `GET /.well-known/jwks.json`
pub async fn show(State(api): State<Api>, headers: HeaderMap) -> Response {
    let cache = HeaderValue::from_static(Jwks::CACHE);
    let cached = [api.jwks.etag.header(), (header::CACHE_CONTROL, cache)];
    if api.jwks.etag.is_known(&headers) {
        return (StatusCode::NOT_MODIFIED, cached).into_response();
    }
    let json = [(header::CONTENT_TYPE, "application/json")];
    (cached, json, api.jwks.document.to_string()).into_response()
}
