use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;

use async_trait::async_trait;

use crate::domain::{KeyKind, KeyName, SecretName};

/// Something that is needed does not answer, or does not let us.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Unavailable {
    /// What was tried.
    pub what: String,
    /// Why it failed.
    #[source]
    pub cause: Box<dyn Error + Send + Sync>,
}

/// What a key holds. It never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Material(Vec<u8>);

impl Material {
    /// Keeps what a key holds.
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes, for where they are stored.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A key that is to be stored.
pub type NewKey = (KeyName, Material);

/// A secret that is there: nobody needs what its keys hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSecret {
    /// Which of its changes this is.
    pub version: String,
    /// The keys in it.
    pub keys: BTreeSet<KeyName>,
}

/// Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Somebody else made or changed it in the meantime.
    #[error("somebody else was faster")]
    Conflict,
    /// The vault does not answer, or does not let us.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Keeps the secrets of a namespace. What a key holds once it never changes.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Makes a secret; a conflict if there is one of that name.
    async fn create(
        &self,
        name: &SecretName,
        labels: &BTreeMap<String, String>,
        keys: &[NewKey],
    ) -> Result<(), VaultError>;
    /// The secret of that name, if there is one.
    async fn find(&self, name: &SecretName) -> Result<Option<StoredSecret>, Unavailable>;
    /// Adds keys to a secret; a conflict if it is not as it was at that version.
    async fn add(
        &self,
        name: &SecretName,
        version: &str,
        keys: &[NewKey],
    ) -> Result<(), VaultError>;
}

/// Makes what nobody can guess.
pub trait KeyMaker: Send + Sync {
    /// A fresh key of that kind.
    fn make(&self, kind: KeyKind) -> Material;
}
