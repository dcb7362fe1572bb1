//! Refresh tokens as text: `slr_`, then base64url of the token and its CRC-32, so that
//! scanners know a leaked one and typing errors never reach the database.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::domain::RefreshToken;

const PREFIX: &str = "slr_";

/// The text of a token.
pub fn write(token: &RefreshToken) -> String {
    let bytes = token.to_bytes();
    let checksum = crc32fast::hash(&bytes).to_be_bytes();
    let text = BASE64_URL_SAFE_NO_PAD.encode([&bytes[..], &checksum[..]].concat());
    format!("{PREFIX}{text}")
}

/// The token that a text says it is; it is not believed yet.
pub fn read(text: &str) -> Option<RefreshToken> {
    let bytes = BASE64_URL_SAFE_NO_PAD
        .decode(text.strip_prefix(PREFIX)?)
        .ok()?;
    let (token, checksum) = bytes.split_first_chunk::<{ RefreshToken::LENGTH }>()?;
    let right = crc32fast::hash(token).to_be_bytes();
    (checksum == right).then(|| RefreshToken::from_bytes(token))?
}

#[cfg(test)]
mod tests {
    use kernel::SessionId;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{RefreshKey, Seed};

    fn token() -> RefreshToken {
        let session = SessionId(Uuid::from_u128(5));
        RefreshKey::new(b"key").token(session, &Seed([3; 32]), 7)
    }

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let text = write(&token());
        assert!(
            text.starts_with("slr_") && text.len() == 70,
            "{}",
            text.len()
        );
        assert_eq!(read(&text), Some(token()));
    }

    #[test]
    fn whatever_is_not_quite_it_is_refused() {
        let text = write(&token());
        for at in 0..text.len() {
            let mut changed: Vec<u8> = text.bytes().collect();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(read(&String::from_utf8(changed).unwrap()), None, "at {at}");
        }
        let spaced = format!(" {text}");
        let padded = format!("{text}=");
        let longer = format!("{text}AAAA");
        let bare = text.trim_start_matches(PREFIX);
        let shorter: String = text.chars().take(69).collect();
        for bad in [
            "", "slr_", "x", &shorter, bare, &spaced, &padded, &longer, "slr_ü",
        ] {
            assert_eq!(read(bad), None);
        }
    }
}
