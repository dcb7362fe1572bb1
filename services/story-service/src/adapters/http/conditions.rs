//! Entity tags and the requests that depend on them (RFC 9110 §13).

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use problem::{Problem, codes};

use crate::application::Precondition;
use crate::domain::story::RowVersion;

/// The entity tag of a version: `"v3"`.
pub fn etag(version: RowVersion) -> HeaderValue {
    let tag = format!("\"v{}\"", version.0);
    HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Whether the client has this version already (`If-None-Match`).
pub fn is_known(headers: &HeaderMap, version: RowVersion) -> bool {
    let tags = tags(headers, &header::IF_NONE_MATCH);
    let weakly = |tag: &String| tag.strip_prefix("W/").unwrap_or(tag) == etag(version);
    tags.iter().any(|tag| tag == "*" || weakly(tag))
}

/// What a PUT depends on: `If-Match`, or `If-None-Match: *` the first time.
pub fn precondition(headers: &HeaderMap) -> Result<Precondition, Problem> {
    let wanted = tags(headers, &header::IF_MATCH);
    let unwanted = tags(headers, &header::IF_NONE_MATCH);
    match (wanted.as_slice(), unwanted.as_slice()) {
        ([], [any]) if any == "*" => Ok(Precondition::Absent),
        ([any], []) if any == "*" => Ok(Precondition::Present),
        // Anything that is no tag of ours fits no version.
        ([tag], []) => Ok(Precondition::Version(
            version(tag).unwrap_or(RowVersion(-1)),
        )),
        ([], []) => Err(required(
            "say which version you change: If-Match or If-None-Match: *",
        )),
        _ => Err(required("give one If-Match, or If-None-Match: *")),
    }
}

fn required(detail: &str) -> Problem {
    Problem::new(&codes::PRECONDITION_REQUIRED, detail)
}

fn version(tag: &str) -> Option<RowVersion> {
    let number = tag.strip_prefix("\"v")?.strip_suffix('"')?;
    number.parse().ok().map(RowVersion)
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let values = headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let tags = values.flat_map(|value| value.split(',')).map(str::trim);
    tags.filter(|tag| !tag.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(HeaderName, &'static str)| {
            (name.clone(), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[track_caller]
    fn check(pairs: &[(HeaderName, &'static str)], wanted: Option<Precondition>) {
        assert_eq!(precondition(&headers(pairs)).ok(), wanted);
    }

    #[test]
    fn a_change_says_which_version_it_changes() {
        let version = |number| Some(Precondition::Version(RowVersion(number)));
        check(&[(header::IF_MATCH, "\"v3\"")], version(3));
        check(&[(header::IF_MATCH, "*")], Some(Precondition::Present));
        check(&[(header::IF_NONE_MATCH, "*")], Some(Precondition::Absent));
        check(&[(header::IF_MATCH, "W/\"v3\"")], version(-1));
        check(&[(header::IF_MATCH, "v3")], version(-1));
        check(&[], None);
        check(&[(header::IF_NONE_MATCH, "\"v3\"")], None);
        check(&[(header::IF_MATCH, "\"v3\", \"v4\"")], None);
    }

    #[test]
    fn a_known_version_is_recognised() {
        let known = |value| is_known(&headers(&[(header::IF_NONE_MATCH, value)]), RowVersion(3));
        assert!(known("\"v3\""));
        assert!(known("W/\"v3\""));
        assert!(known("\"v1\", \"v3\""));
        assert!(known("*"));
        assert!(!known("\"v4\""));
        assert!(!known("v3"));
    }
}
