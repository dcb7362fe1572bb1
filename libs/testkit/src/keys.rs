#![expect(clippy::expect_used, reason = "a machine without randomness is no use")]

use std::fs::File;
use std::io::Read as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// What comes before the 32 bytes of an Ed25519 key in PKCS#8 (RFC 8410).
const ED25519_PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// Bytes nobody can guess.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .expect("/dev/urandom gives random bytes");
    bytes
}

/// A fresh key of 32 bytes, in base64.
pub fn random_key() -> String {
    BASE64_STANDARD.encode(random_bytes::<32>())
}

/// A fresh Ed25519 private key: PKCS#8 in PEM.
pub fn signing_key_pem() -> String {
    let der = [&ED25519_PKCS8[..], &random_bytes::<32>()[..]].concat();
    let body = BASE64_STANDARD.encode(der);
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signing_key_is_one_line_of_base64_in_pem() {
        let pem = signing_key_pem();
        let lines: Vec<_> = pem.lines().collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[1].len(), 64);
        assert!(lines[1].starts_with("MC4CAQAwBQYDK2VwBCIEI"));
    }

    #[test]
    fn keys_differ() {
        assert_ne!(random_key(), random_key());
    }
}
