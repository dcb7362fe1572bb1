use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::json::wrong_shape;
use crate::{Problem, Violations};

/// The query parameters. Those that `T` does not have are refused if `T` carries
/// `deny_unknown_fields`.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query)
            .map_err(|error| refuse("?", "malformed", &error.to_string()))?;
        let control = pairs.iter().find(|(_, v)| v.chars().any(char::is_control));
        if let Some((name, _)) = control {
            let detail = "must not contain control characters";
            return Err(refuse(&format!("?{name}"), "control_character", detail));
        }
        let deserializer =
            serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
        serde_path_to_error::deserialize(deserializer)
            .map(Self)
            .map_err(|error| wrong_shape("?", error.path(), &error.inner().to_string()).into())
    }
}

fn refuse(pointer: &str, code: &'static str, detail: &str) -> Problem {
    let mut violations = Violations::default();
    violations.add(pointer, code, detail);
    violations.into()
}
