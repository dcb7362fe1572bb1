use std::fmt;

use hkdf::InvalidLength;
use kernel::{Coded, ErrorKind};
use uuid::Uuid;

use super::mac::{MacKey, derive, hmac};

/// Eight digits that prove an address. Its debug form shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

/// A text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be {} digits", Code::DIGITS)]
pub struct CodeError;

impl Coded for CodeError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        "malformed"
    }
}

impl Code {
    const DIGITS: usize = 8;
    const COUNT: u64 = 100_000_000;

    /// Parses what a person typed. Spaces around it are dropped.
    pub fn parse(input: &str) -> Result<Self, CodeError> {
        let code = input.trim();
        if code.len() == Self::DIGITS && code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self(code.to_owned()));
        }
        Err(CodeError)
    }

    /// The digits; for the mail alone.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[code]")
    }
}

/// What is kept of a code outside: enough to compare, of no use without the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeHash(pub [u8; 32]);

/// The keys that codes are derived and hashed with, from one secret (RFC 5869).
#[derive(Clone)]
pub struct CodeKeys {
    code: MacKey,
    hash: MacKey,
}

impl CodeKeys {
    /// Derives both keys.
    pub fn derive(secret: &[u8]) -> Result<Self, InvalidLength> {
        Ok(Self {
            code: derive(secret, b"storyloom otp code v1")?,
            hash: derive(secret, b"storyloom otp hash v1")?,
        })
    }
}

/// What one code is bound to: purpose, flow, nonce and address, so that it fits nothing else.
pub struct Challenge(Vec<u8>);

impl Challenge {
    /// Each part is preceded by its length, so that no two challenges are alike.
    pub fn new(purpose: &str, flow: Uuid, nonce: &[u8], address: &str) -> Self {
        let parts = [
            purpose.as_bytes(),
            flow.as_bytes(),
            nonce,
            address.as_bytes(),
        ];
        let mut message = Vec::with_capacity(128);
        for part in parts {
            message.extend((part.len() as u64).to_be_bytes());
            message.extend(part);
        }
        Self(message)
    }

    /// The code.
    pub fn code(&self, keys: &CodeKeys) -> Code {
        let mac = hmac(&keys.code, &[&self.0]);
        let first = mac.iter().take(8);
        let number = first.fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        Code(format!("{:08}", number % Code::COUNT))
    }

    /// What is kept of `code` if it is given in answer to this challenge.
    pub fn hash(&self, keys: &CodeKeys, code: &Code) -> CodeHash {
        CodeHash(hmac(&keys.hash, &[&self.0, code.0.as_bytes()]))
    }

    /// A hash that no code has.
    pub fn unanswerable(&self, keys: &CodeKeys) -> CodeHash {
        CodeHash(hmac(&keys.hash, &[&self.0]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: [u8; 16] = [7; 16];

    fn keys(secret: &[u8]) -> CodeKeys {
        CodeKeys::derive(secret).unwrap()
    }

    fn challenge(flow: u128, nonce: &[u8], address: &str) -> Challenge {
        Challenge::new("register", Uuid::from_u128(flow), nonce, address)
    }

    /// Computed apart with Python's `hmac`: HKDF, then u64be of the first eight bytes.
    #[test]
    fn known_codes() {
        let keys = keys(b"a secret for tests only, 32 bytes");
        let first = challenge(1, &NONCE, "mira@example.org").code(&keys);
        assert_eq!(first.digits(), "91011990");
        let second = challenge(2, &[0; 16], "otto@example.org").code(&keys);
        assert_eq!(second.digits(), "50407787");
    }

    #[test]
    fn everything_that_a_code_is_bound_to_changes_it() {
        let (one, other) = (keys(b"one"), keys(b"other"));
        let code = challenge(1, &NONCE, "mira@example.org").code(&one);
        let others = [
            challenge(1, &NONCE, "mira@example.org").code(&other),
            challenge(2, &NONCE, "mira@example.org").code(&one),
            challenge(1, &[8; 16], "mira@example.org").code(&one),
            challenge(1, &NONCE, "otto@example.org").code(&one),
            Challenge::new("reset", Uuid::from_u128(1), &NONCE, "mira@example.org").code(&one),
        ];
        assert!(!others.contains(&code));
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let keys = keys(b"one");
        let a = Challenge::new("ab", Uuid::nil(), b"c", "d").unanswerable(&keys);
        let b = Challenge::new("a", Uuid::nil(), b"bc", "d").unanswerable(&keys);
        assert_ne!(a, b);
    }

    #[test]
    fn only_the_right_code_has_the_kept_hash() {
        let keys = keys(b"one");
        let challenge = challenge(1, &NONCE, "mira@example.org");
        let code = challenge.code(&keys);
        let kept = challenge.hash(&keys, &code);
        assert_eq!(
            challenge.hash(&keys, &Code::parse(code.digits()).unwrap()),
            kept
        );
        assert_ne!(challenge.hash(&keys, &Code("00000000".to_owned())), kept);
        assert_ne!(challenge.unanswerable(&keys), kept);
    }

    #[test]
    fn a_code_is_eight_digits() {
        assert_eq!(Code::parse(" 01234567 ").unwrap().digits(), "01234567");
        for input in [
            "",
            "1234567",
            "123456789",
            "1234567a",
            "１２３４５６７８",
            "+1234567",
        ] {
            assert_eq!(Code::parse(input), Err(CodeError));
        }
        assert_eq!(format!("{:?}", Code::parse("01234567")), "Ok([code])");
    }
}
