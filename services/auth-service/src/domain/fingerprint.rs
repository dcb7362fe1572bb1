use std::fmt;

use hkdf::InvalidLength;

use super::mac::{MacKey, derive, hmac};

/// Tells requests or addresses apart without keeping them. Keyed, since requests may hold
/// passwords, and addresses can be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The key of fingerprints.
#[derive(Clone)]
pub struct FingerprintKey(MacKey);

impl FingerprintKey {
    /// Derives the key from a secret of any length.
    pub fn derive(secret: &[u8]) -> Result<Self, InvalidLength> {
        derive(secret, b"storyloom request fingerprint v1").map(Self)
    }

    /// The fingerprint of a request's body.
    pub fn of(&self, body: &[u8]) -> Fingerprint {
        Fingerprint(hmac(&self.0, &[body]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_request_has_the_same_fingerprint() {
        let key = FingerprintKey::derive(b"secret").unwrap();
        let other = FingerprintKey::derive(b"other").unwrap();
        assert_eq!(key.of(b"a"), key.of(b"a"));
        assert_ne!(key.of(b"a"), key.of(b"b"));
        assert_ne!(key.of(b"a"), other.of(b"a"));
    }
}
