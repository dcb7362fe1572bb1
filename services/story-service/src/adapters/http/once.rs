use axum::http::HeaderMap;
use problem::Violations;
use sha2::{Digest as _, Sha256};

use super::views::StoryView;
use super::wishes::CreateStory;
use crate::application::ports::Once;

const HEADER: &str = "idempotency-key";
const MAX: usize = 255;

/// The `Idempotency-Key` of a request, if it has one: 1 to 255 visible ASCII characters,
/// in quotes or not.
pub fn once(headers: &HeaderMap, body: &CreateStory) -> Result<Option<Once>, Violations> {
    let mut values = headers.get_all(HEADER).iter();
    let (value, more) = (values.next(), values.next());
    let Some(value) = value else {
        return Ok(None);
    };
    let given = value.to_str().ok().filter(|_| more.is_none());
    let Some(key) = given.and_then(key) else {
        let mut violations = Violations::default();
        let detail = "must be one key of 1 to 255 visible ASCII characters";
        violations.add("Idempotency-Key", "malformed", detail);
        return Err(violations);
    };
    Ok(Some(Once {
        key: key.to_owned(),
        fingerprint: fingerprint(body),
        answer: StoryView::bytes,
    }))
}

fn key(given: &str) -> Option<&str> {
    let given = given.trim();
    let quoted = given.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    let key = quoted.unwrap_or(given);
    let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    ((1..=MAX).contains(&key.len()) && visible).then_some(key)
}

/// Equal for bodies that ask for the same, however they are written.
fn fingerprint(body: &CreateStory) -> [u8; 32] {
    let canonical = serde_json::to_vec(body).unwrap_or_default();
    Sha256::digest(canonical).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_visible_and_bounded() {
        assert_eq!(key("a-1"), Some("a-1"));
        assert_eq!(key("\"a-1\""), Some("a-1"));
        assert!(key(&"x".repeat(255)).is_some());
        for bad in ["", "\"\"", "a b", &"x".repeat(256)] {
            assert_eq!(key(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_what_is_asked_for_counts() {
        let read = |text: &str| serde_json::from_str::<CreateStory>(text).unwrap();
        let one = fingerprint(&read(r#"{"theme":"a kite","words":300}"#));
        assert_eq!(
            one,
            fingerprint(&read(r#"{ "words":300, "theme":"a kite" }"#))
        );
        assert_ne!(one, fingerprint(&read(r#"{"theme":"a kite","words":301}"#)));
    }
}
