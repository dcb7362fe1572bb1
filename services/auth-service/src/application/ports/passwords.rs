use async_trait::async_trait;
use kernel::{Coded, ErrorKind};

use crate::domain::{KnownWords, Password, PasswordError, PasswordHash};

/// Hashes passwords, slowly and on purpose, so many at a time as the machine bears.
#[async_trait]
pub trait Passwords: Send + Sync {
    /// A hash of a password that somebody chose, if it is hard to guess.
    async fn choose(
        &self,
        password: &Password,
        known: &KnownWords,
    ) -> Result<PasswordHash, PasswordRefused>;

    /// A new hash of a password that is in use already.
    async fn hash(&self, password: &Password) -> Result<PasswordHash, PasswordRefused>;

    /// Compares the password with what is kept. Does the same work where nothing is kept.
    async fn verify(
        &self,
        password: &Password,
        kept: Option<&PasswordHash>,
    ) -> Result<Verdict, PasswordRefused>;
}

/// Whether a password is the one that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Right,
    /// It is, but its hash was made by older rules and should be made anew.
    RightButOutdated,
    /// It is not.
    Wrong,
}

/// Why a password was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordRefused {
    #[error(transparent)]
    Weak(#[from] PasswordError),
    #[error("too many people are signing in at the moment")]
    Busy,
    #[error("passwords cannot be checked")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Coded for PasswordRefused {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Weak(_) => ErrorKind::Invalid,
            Self::Busy => ErrorKind::Unavailable,
            Self::Failed(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Weak(_) => "weak-password",
            Self::Busy => "temporarily-unavailable",
            Self::Failed(_) => "internal-error",
        }
    }
}
