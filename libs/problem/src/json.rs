use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::shape::Shape;
use crate::{Problem, Violations, codes};

/// A JSON body, in or out. A bad one becomes a [`Problem`].
#[derive(Debug)]
pub struct Json<T>(pub T);

/// The body of a PATCH (RFC 7396), as `application/merge-patch+json` or plain JSON.
#[derive(Debug)]
pub struct MergePatch<T>(pub T);

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        read(request, state, &[JSON]).await.map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for MergePatch<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        read(request, state, &[JSON, MERGE_PATCH]).await.map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

async fn read<S: Send + Sync, T: DeserializeOwned>(
    request: Request,
    state: &S,
    media_types: &[&str],
) -> Result<T, Problem> {
    if !is_one_of(request.headers(), media_types) {
        let detail = format!("the body must be {}", media_types.join(" or "));
        return Err(Problem::new(&codes::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let body = Bytes::from_request(request, state)
        .await
        .map_err(|rejection| unread(rejection.status()))?;
    parse(&body)
}

/// Reads strict JSON: well formed (400), without control characters in any string (422),
/// and of the shape that is asked for (422, with pointers).
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| Problem::new(&codes::MALFORMED_JSON, error.to_string()))?;
    let mut violations = Violations::default();
    find_control_characters(&value, &mut String::new(), &mut violations);
    if !violations.is_empty() {
        return Err(violations.into());
    }
    let refused = |error: serde_path_to_error::Error<serde_json::Error>| {
        wrong_shape("/", error.path(), &error.inner().to_string()).into()
    };
    // The text itself is read last, since a `Value` hides what is there twice.
    serde_path_to_error::deserialize::<_, T>(Shape(&value)).map_err(refused)?;
    let deserializer = &mut serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(deserializer).map_err(refused)
}

fn is_one_of(headers: &HeaderMap, media_types: &[&str]) -> bool {
    let given = headers.get(header::CONTENT_TYPE);
    let given = given.and_then(|value| value.to_str().ok()).unwrap_or("");
    let (essence, parameters) = given.split_once(';').unwrap_or((given, ""));
    let charset = parameters.trim().to_ascii_lowercase().replace('"', "");
    let charset_fits = charset.is_empty() || charset == "charset=utf-8";
    charset_fits
        && media_types
            .iter()
            .any(|it| essence.trim().eq_ignore_ascii_case(it))
}

fn unread(status: StatusCode) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            &codes::BODY_TOO_LARGE,
            "the body is larger than is taken here",
        );
    }
    Problem::new(&codes::MALFORMED_JSON, "the body broke off")
}

fn find_control_characters(value: &Value, at: &mut String, violations: &mut Violations) {
    let length = at.len();
    match value {
        Value::String(text) if text.chars().any(char::is_control) => {
            violations.add(
                at,
                "control_character",
                "must not contain control characters",
            );
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                at.push_str(&segment(&index.to_string()));
                find_control_characters(item, at, violations);
                at.truncate(length);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                at.push_str(&segment(key));
                find_control_characters(member, at, violations);
                at.truncate(length);
            }
        }
        _ => {}
    }
}

/// Says where well-formed input is not what was asked for, without quoting it: it may be
/// a secret. `root` begins the pointer: `/` for a body, `?` for a query.
pub(crate) fn wrong_shape(root: &str, path: &Path, message: &str) -> Violations {
    let mut violations = Violations::default();
    let (mut at, mut name) = (pointer(path), "wrong_type");
    let quoted = message.split('`').nth(1).unwrap_or_default();
    if message.starts_with("missing field") {
        at.push_str(&segment(quoted));
        name = "required";
    } else if message.starts_with("unknown field") {
        if !at.ends_with(&segment(quoted)) {
            at.push_str(&segment(quoted));
        }
        name = "unknown_field";
    } else if message.starts_with("unknown variant") {
        name = "unknown_value";
    } else if message.starts_with("duplicate field") {
        at.push_str(&segment(quoted));
        name = "duplicate_field";
    }
    if root == "?" {
        at = at.replacen('/', root, 1);
    }
    let expected = message
        .rsplit_once("expected ")
        .map(|(_, expected)| expected);
    let expected = expected.map(|text| text.split(" at line ").next().unwrap_or(text));
    let detail = match (name, expected) {
        ("required", _) => "is required".to_owned(),
        ("unknown_field", Some(expected)) => format!("is not known here; expected {expected}"),
        ("unknown_field", None) => "is not known here".to_owned(),
        ("duplicate_field", _) => "is there twice".to_owned(),
        (_, Some("i64" | "u64" | "u32" | "u16" | "u8")) => "must be a whole number".to_owned(),
        (_, Some(expected)) if expected.starts_with("struct ") => "must be an object".to_owned(),
        (_, Some("a sequence")) => "must be an array".to_owned(),
        (_, Some(expected)) => format!("must be {expected}"),
        (_, None) => "has the wrong type".to_owned(),
    };
    violations.add(&at, name, detail);
    violations
}

/// `hero.name` as a JSON pointer (RFC 6901): `/hero/name`.
fn pointer(path: &Path) -> String {
    path.iter()
        .map(|part| match part {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => segment(key),
            Segment::Enum { variant } => segment(variant),
            Segment::Unknown => String::new(),
        })
        .collect()
}

fn segment(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape counts")]
    struct Body {
        name: String,
        age: Option<u8>,
        #[serde(default)]
        friends: Vec<Body>,
    }

    #[track_caller]
    fn check(body: &str, code: &str, first: &str) {
        let problem = parse::<Body>(body.as_bytes()).unwrap_err();
        assert_eq!(problem.code.name, code, "{body}");
        let errors = serde_json::to_value(&problem.violations).unwrap();
        let said = errors.get(0).map_or(String::new(), |it| {
            format!(
                "{} {}",
                it["pointer"].as_str().unwrap(),
                it["code"].as_str().unwrap()
            )
        });
        assert_eq!(said, first, "{errors}");
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        let deep = "[".repeat(10_000);
        for body in ["", "{", "{\"name\":\"\\ud800\"}", "nul", "{} {}", &deep] {
            check(body, "malformed-json", "");
        }
    }

    #[test]
    fn what_has_another_shape_is_told_where() {
        let invalid = "validation-failed";
        check("{}", invalid, "/name required");
        check("[]", invalid, " wrong_type");
        check(r#"["a",7,[]]"#, invalid, " wrong_type");
        check(
            r#"{"name":"a","friends":[["b",7,[]]]}"#,
            invalid,
            "/friends/0 wrong_type",
        );
        check(r#"{"name":7}"#, invalid, "/name wrong_type");
        check(r#"{"name":"a","a/b":1}"#, invalid, "/a~1b unknown_field");
        check(
            r#"{"name":"a","name":"b"}"#,
            invalid,
            "/name duplicate_field",
        );
        check(r#"{"name":"a","age":300}"#, invalid, "/age wrong_type");
        check(
            r#"{"name":"a","friends":[{"name":"b","x":1}]}"#,
            invalid,
            "/friends/0/x unknown_field",
        );
    }

    #[test]
    fn control_characters_are_found_everywhere() {
        let code = "control_character";
        check(
            "{\"name\":\"a\\u0000\"}",
            "validation-failed",
            &format!("/name {code}"),
        );
        let nested = "{\"name\":\"a\",\"friends\":[{\"name\":\"b\\n\"}]}";
        check(
            nested,
            "validation-failed",
            &format!("/friends/0/name {code}"),
        );
    }

    #[test]
    fn types_are_named_as_json_names_them() {
        let named = |body: &str| {
            let problem = parse::<Body>(body.as_bytes()).unwrap_err();
            let errors = serde_json::to_value(&problem.violations).unwrap();
            errors[0]["detail"].as_str().unwrap().to_owned()
        };
        for age in ["300", "-1", "1.5", "\"7\""] {
            let body = format!("{{\"name\":\"a\",\"age\":{age}}}");
            assert_eq!(named(&body), "must be a whole number");
        }
        for body in ["[]", "7", r#"["a",7,[]]"#, "null"] {
            assert_eq!(named(body), "must be an object");
        }
        assert_eq!(named(r#"{"name":"a","friends":7}"#), "must be an array");
    }

    #[test]
    fn what_was_sent_is_not_repeated() {
        let problem = parse::<Body>(br#"{"name":12345678}"#).unwrap_err();
        assert!(!format!("{problem:?}").contains("12345678"));
    }
}
