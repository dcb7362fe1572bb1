use axum::http::HeaderMap;

use crate::Violations;

const HEADER: &str = "idempotency-key";
const LONGEST: usize = 255;

/// What the client calls its request in `Idempotency-Key`, if it does: 1 to 255 visible
/// ASCII characters but no quote, bare or in quotes. Both mean the same key.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Violations> {
    let mut values = headers.get_all(HEADER).iter();
    let (first, second) = (values.next(), values.next());
    let Some(first) = first.map(|value| value.to_str().ok()) else {
        return Ok(None);
    };
    let key = first.filter(|_| second.is_none()).and_then(unquoted);
    key.map(|key| Some(key.to_owned())).ok_or_else(refused)
}

fn unquoted(value: &str) -> Option<&str> {
    let value = value.trim_matches([' ', '\t']);
    let inner = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    let key = inner.unwrap_or(value);
    let visible = |byte: u8| byte.is_ascii_graphic() && byte != b'"';
    ((1..=LONGEST).contains(&key.len()) && key.bytes().all(visible)).then_some(key)
}

fn refused() -> Violations {
    let mut violations = Violations::default();
    let detail = "Idempotency-Key must be 1 to 255 visible ASCII characters, given once";
    violations.add("", "malformed_idempotency_key", detail);
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_visible_ascii_quoted_or_not() {
        let longest = "k".repeat(LONGEST);
        for good in ["k-1", "\"k-1\"", " k-1", "\t\"k-1\" "] {
            assert_eq!(unquoted(good), Some("k-1"), "{good}");
        }
        assert_eq!(unquoted(&longest), Some(longest.as_str()));
        for bad in [
            "",
            "\"\"",
            "\"",
            "\"a",
            "a\"",
            "a b",
            "a\"b",
            "\"a\"b\"",
            "k\u{e9}",
            &format!("{longest}k"),
        ] {
            assert_eq!(unquoted(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_key_is_given_once() {
        let mut headers = HeaderMap::new();
        assert_eq!(idempotency_key(&headers).unwrap(), None);
        headers.append(HEADER, "a".parse().unwrap());
        assert_eq!(idempotency_key(&headers).unwrap().as_deref(), Some("a"));
        headers.append(HEADER, "a".parse().unwrap());
        assert!(idempotency_key(&headers).is_err());
    }
}
