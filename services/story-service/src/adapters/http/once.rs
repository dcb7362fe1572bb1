use axum::http::HeaderMap;
use problem::Violations;
use sha2::{Digest as _, Sha256};

use super::views::StoryView;
use super::wishes::CreateStory;
use crate::application::ports::Once;

/// The `Idempotency-Key` of a request, if it has one, with what it came with.
pub fn once(headers: &HeaderMap, body: &CreateStory) -> Result<Option<Once>, Violations> {
    let key = problem::idempotency_key(headers)?;
    Ok(key.map(|key| Once {
        key,
        fingerprint: fingerprint(body),
        answer: StoryView::bytes,
    }))
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
