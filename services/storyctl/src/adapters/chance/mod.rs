//! Chance, from the operating system.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::application::ports::{KeyMaker, Material};
use crate::domain::KeyKind;

/// What comes before the 32 bytes of an Ed25519 key in PKCS#8 (RFC 8410).
const ED25519_PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// Makes keys from 256 random bits each.
pub struct SystemKeys;

impl KeyMaker for SystemKeys {
    fn make(&self, kind: KeyKind) -> Material {
        let text = match kind {
            KeyKind::Ed25519Pem => ed25519_pem(&bytes()),
            KeyKind::Base64 => BASE64_STANDARD.encode(bytes()),
            KeyKind::Token | KeyKind::Password => hexadecimal(),
        };
        Material::new(text.into_bytes())
    }
}

fn bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes);
    bytes
}

/// 256 random bits as hexadecimal digits, which need no quoting anywhere.
pub fn hexadecimal() -> String {
    bytes().map(|byte| format!("{byte:02x}")).concat()
}

/// Any 32 bytes are an Ed25519 key.
fn ed25519_pem(seed: &[u8; 32]) -> String {
    let body = BASE64_STANDARD.encode([&ED25519_PKCS8[..], seed].concat());
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(kind: KeyKind) -> String {
        String::from_utf8(SystemKeys.make(kind).expose().to_vec()).unwrap()
    }

    #[test]
    fn keys_have_the_shape_that_services_want() {
        let token = make(KeyKind::Token);
        assert_eq!(token.len(), 64);
        assert!(token.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let key = BASE64_STANDARD.decode(make(KeyKind::Base64)).unwrap();
        assert_eq!(key.len(), 32);
        tokens::Signer::from_pem(&make(KeyKind::Ed25519Pem)).unwrap();
    }

    #[test]
    fn no_two_are_alike() {
        for kind in [KeyKind::Ed25519Pem, KeyKind::Base64, KeyKind::Password] {
            assert_ne!(make(kind), make(kind));
        }
    }
}
