//! `Idempotency-Key`: a name for a request, so that it can be sent again.

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use problem::{Problem, Violations};
use serde::Serialize;

use crate::application::ports::Answer;
use crate::domain::{Fingerprint, FingerprintKey};

/// The name of a request and what tells it from others of that name.
pub struct Named {
    pub key: String,
    pub fingerprint: Fingerprint,
}

const HEADER: &str = "idempotency-key";
const LONGEST: usize = 255;

/// What the client calls this request, if it does. Requests are the same if they mean the
/// same, however their JSON is written.
pub fn named(
    headers: &HeaderMap,
    fingerprints: &FingerprintKey,
    body: &impl Serialize,
) -> Result<Option<Named>, Problem> {
    let mut values = headers.get_all(HEADER).iter();
    let (first, second) = (values.next(), values.next());
    let Some(first) = first else {
        return Ok(None);
    };
    let key = first
        .to_str()
        .ok()
        .filter(|_| second.is_none())
        .and_then(unquoted);
    let key = key.ok_or_else(refused)?;
    let body = serde_json::to_vec(body).map_err(|_| Problem::internal_error())?;
    Ok(Some(Named {
        key: key.to_owned(),
        fingerprint: fingerprints.of(&body),
    }))
}

/// 1 to 255 visible ASCII characters, bare or as a structured field string (RFC 9651).
fn unquoted(value: &str) -> Option<&str> {
    let inner = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    let key = inner.unwrap_or(value);
    let visible = key
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'"');
    ((1..=LONGEST).contains(&key.len()) && visible).then_some(key)
}

fn refused() -> Problem {
    let mut violations = Violations::default();
    let detail = "Idempotency-Key must be 1 to 255 visible ASCII characters, given once";
    violations.add("", "malformed_idempotency_key", detail);
    violations.into()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_visible_ascii_quoted_or_not() {
        let longest = "k".repeat(LONGEST);
        assert_eq!(unquoted("k-1"), Some("k-1"));
        assert_eq!(unquoted("\"k-1\""), Some("k-1"));
        assert_eq!(unquoted(&longest), Some(longest.as_str()));
        for bad in [
            "",
            "\"\"",
            "\"",
            "a b",
            "a\"b",
            "k\u{e9}",
            &format!("{longest}k"),
        ] {
            assert_eq!(unquoted(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_key_is_given_once() {
        let fingerprints = FingerprintKey::derive(b"secret").unwrap();
        let mut headers = HeaderMap::new();
        assert!(named(&headers, &fingerprints, &1).unwrap().is_none());
        headers.append(HEADER, "a".parse().unwrap());
        assert_eq!(
            named(&headers, &fingerprints, &1).unwrap().unwrap().key,
            "a"
        );
        headers.append(HEADER, "b".parse().unwrap());
        assert!(named(&headers, &fingerprints, &1).is_err());
    }
}
