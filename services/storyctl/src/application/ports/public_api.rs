use async_trait::async_trait;

use super::Unavailable;
use crate::domain::{Account, Progress};

/// What was asked was not answered as it must be.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// There is an answer, but not the one that there must be.
    #[error("{what} was answered with {answer}")]
    Unexpected {
        /// What was asked.
        what: String,
        /// The status, and the code of the problem.
        answer: String,
    },
    /// There is no answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// The REST API, as a client sees it.
#[async_trait]
pub trait PublicApi: Send + Sync {
    /// Every service behind it says that it is well.
    async fn is_well(&self) -> Result<(), ApiError>;
    /// There is a key to check access tokens with.
    async fn has_keys(&self) -> Result<(), ApiError>;
    /// Nobody gets a story without a token, nor a token for an account that does not exist.
    async fn turns_strangers_away(&self, stranger: &Account) -> Result<(), ApiError>;
    /// Registers an account; answers the registration's id.
    async fn register(&self, account: &Account) -> Result<String, ApiError>;
    /// Proves the address with the code from the mail.
    async fn verify(&self, registration: &str, code: &str) -> Result<(), ApiError>;
    /// Signs in; answers an access token.
    async fn log_in(&self, account: &Account) -> Result<String, ApiError>;
    /// Asks for a story; answers its id.
    async fn request_story(&self, token: &str) -> Result<String, ApiError>;
    /// How far a story is.
    async fn progress(&self, token: &str, story: &str) -> Result<Progress, ApiError>;
}
