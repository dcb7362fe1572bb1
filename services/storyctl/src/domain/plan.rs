use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The secrets that an installation needs, with the keys in each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan(Vec<PlannedSecret>);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedSecret {
    /// What it is called.
    pub name: SecretName,
    /// What it is labelled with when it is made.
    pub labels: BTreeMap<String, String>,
    /// What is in it.
    pub keys: BTreeMap<KeyName, KeyKind>,
}

/// The name of a Secret: a DNS name of up to 253 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretName(String);

/// The name of a key in a Secret: 1 to 253 of letters, digits, `-`, `_` and dots.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyName(String);

/// What a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// An Ed25519 private key, PKCS#8 in PEM.
    Ed25519Pem,
    /// 32 random bytes in base64.
    Base64,
    /// What a service presents to others: 64 hexadecimal digits.
    Token,
    /// What a datastore lets in: 64 hexadecimal digits, which need no quoting anywhere.
    Password,
}

/// What a plan must not be.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Not a name that Kubernetes takes.
    #[error("{0:?} is no name of a secret")]
    SecretName(String),
    /// Not a key that Kubernetes takes.
    #[error("{0:?} is no name of a key")]
    KeyName(String),
    /// Nobody knows how to make it.
    #[error("{0:?} is no kind of key; there are ed25519-pem, base64-32, token and password")]
    KeyKind(String),
    /// Which of the two is meant?
    #[error("secret {0} is planned twice")]
    SecretTwice(SecretName),
    /// Which of the two is meant?
    #[error("key {1} of secret {0} is planned twice")]
    KeyTwice(SecretName, KeyName),
    /// There is nothing in it.
    #[error("secret {0} has no keys")]
    Empty(SecretName),
}

/// The longest name that Kubernetes takes.
const LONGEST: usize = 253;

impl Plan {
    /// A plan of secrets with names of their own.
    pub fn new(secrets: Vec<PlannedSecret>) -> Result<Self, PlanError> {
        let mut names = BTreeSet::new();
        for secret in &secrets {
            if !names.insert(&secret.name) {
                return Err(PlanError::SecretTwice(secret.name.clone()));
            }
        }
        Ok(Self(secrets))
    }

    /// The secrets, in the order in which they were planned.
    pub fn secrets(&self) -> &[PlannedSecret] {
        &self.0
    }
}

impl PlannedSecret {
    /// A secret that has keys, each with a name of its own.
    pub fn new(
        name: SecretName,
        labels: BTreeMap<String, String>,
        keys: Vec<(KeyName, KeyKind)>,
    ) -> Result<Self, PlanError> {
        let mut planned = BTreeMap::new();
        for (key, kind) in keys {
            if planned.insert(key.clone(), kind).is_some() {
                return Err(PlanError::KeyTwice(name, key));
            }
        }
        if planned.is_empty() {
            return Err(PlanError::Empty(name));
        }
        Ok(Self {
            name,
            labels,
            keys: planned,
        })
    }
}

impl SecretName {
    /// Parses outside input.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let label = |label: &str| {
            label.bytes().all(|byte| inner(byte) || byte == b'-')
                && label.bytes().next().is_some_and(inner)
                && label.bytes().last().is_some_and(inner)
        };
        if text.len() <= LONGEST && text.split('.').all(label) {
            return Ok(Self(text.to_owned()));
        }
        Err(PlanError::SecretName(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl KeyName {
    /// Parses outside input.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if (1..=LONGEST).contains(&text.len()) && text.bytes().all(allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(PlanError::KeyName(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl KeyKind {
    /// Parses outside input.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        match text {
            "ed25519-pem" => Ok(Self::Ed25519Pem),
            "base64-32" => Ok(Self::Base64),
            "token" => Ok(Self::Token),
            "password" => Ok(Self::Password),
            _ => Err(PlanError::KeyKind(text.to_owned())),
        }
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(name: &str, keys: &[&str]) -> Result<PlannedSecret, PlanError> {
        let key = |key: &&str| Ok((KeyName::parse(key)?, KeyKind::Token));
        let keys = keys.iter().map(key).collect::<Result<_, _>>()?;
        PlannedSecret::new(SecretName::parse(name)?, BTreeMap::new(), keys)
    }

    #[test]
    fn names_are_those_that_kubernetes_takes() {
        for name in ["a", "storyloom-jwt", "a.b-c.0"] {
            assert!(SecretName::parse(name).is_ok(), "{name}");
        }
        for name in ["", "-a", "a-", "A", "a..b", "a_b", &"a".repeat(254)] {
            assert!(SecretName::parse(name).is_err(), "{name}");
        }
        for key in ["auth-owner", "a.b_C", ".x"] {
            assert!(KeyName::parse(key).is_ok(), "{key}");
        }
        for key in ["", "a/b", "a b", &"a".repeat(254)] {
            assert!(KeyName::parse(key).is_err(), "{key}");
        }
    }

    #[test]
    fn nothing_is_planned_twice_or_empty() {
        let twice = secret("a", &["k", "k"]).unwrap_err();
        assert_eq!(twice.to_string(), "key k of secret a is planned twice");
        assert!(matches!(secret("a", &[]), Err(PlanError::Empty(_))));
        let same = vec![secret("a", &["k"]).unwrap(), secret("a", &["l"]).unwrap()];
        assert!(matches!(Plan::new(same), Err(PlanError::SecretTwice(_))));
    }

    #[test]
    fn kinds_are_known_by_name() {
        assert_eq!(KeyKind::parse("base64-32"), Ok(KeyKind::Base64));
        assert!(KeyKind::parse("rsa").is_err());
    }
}
