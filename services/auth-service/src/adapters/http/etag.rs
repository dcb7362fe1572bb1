//! Conditional requests (RFC 9110 §13).

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use problem::{Problem, codes};

/// Names one state of a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    /// The state that a row is in.
    pub fn of_version(version: i32) -> Self {
        Self(format!("\"v{version}\""))
    }

    /// A state of that name, which needs no quoting.
    pub fn named(name: &str) -> Self {
        Self(format!("\"{name}\""))
    }

    /// For the `ETag` field.
    pub fn header(&self) -> (HeaderName, HeaderValue) {
        let value = HeaderValue::from_str(&self.0);
        (
            header::ETAG,
            value.unwrap_or(HeaderValue::from_static("\"\"")),
        )
    }

    /// Whether the client has this state already.
    pub fn is_known(&self, headers: &HeaderMap) -> bool {
        let known = listed(headers, &header::IF_NONE_MATCH);
        known
            .iter()
            .any(|it| it == "*" || it.trim_start_matches("W/") == self.0)
    }
}

/// The states that the client's change may be based on; a problem if it does not say.
pub struct IfMatch(Vec<String>);

impl IfMatch {
    pub fn read(headers: &HeaderMap) -> Result<Self, Problem> {
        let listed = listed(headers, &header::IF_MATCH);
        if listed.is_empty() {
            let detail = "say in If-Match which version the change is based on";
            return Err(Problem::new(&codes::PRECONDITION_REQUIRED, detail));
        }
        Ok(Self(listed))
    }

    /// Whether this state is among them.
    pub fn fits(&self, etag: &ETag) -> bool {
        self.0.iter().any(|it| it == "*" || *it == etag.0)
    }
}

fn listed(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let texts = headers
        .get_all(name)
        .iter()
        .filter_map(|it| it.to_str().ok());
    texts
        .flat_map(|text| text.split(','))
        .map(|item| item.trim().to_owned())
        .filter(|item| !item.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn if_none_match_compares_weakly() {
        let known = |value| ETag::of_version(3).is_known(&headers(header::IF_NONE_MATCH, value));
        assert!(known("\"v3\"") && known("W/\"v3\"") && known("\"v2\", \"v3\"") && known("*"));
        assert!(!known("\"v2\"") && !known("v3") && !known(""));
    }

    #[test]
    fn if_match_compares_strongly() {
        let fits = |value| {
            let given = IfMatch::read(&headers(header::IF_MATCH, value)).unwrap();
            given.fits(&ETag::of_version(3))
        };
        assert!(fits("\"v3\"") && fits("\"v2\",\"v3\"") && fits("*"));
        assert!(!fits("W/\"v3\"") && !fits("\"v2\""));
        assert!(IfMatch::read(&HeaderMap::new()).is_err());
    }
}
