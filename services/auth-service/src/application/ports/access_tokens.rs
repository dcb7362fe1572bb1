use std::time::Duration;

use kernel::{Coded, ErrorKind, SessionId, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

/// Signs access tokens.
pub trait AccessTokens: Send + Sync {
    /// A signed token that says what is granted.
    fn sign(&self, grant: &Grant) -> Result<String, Unsigned>;

    /// How long a token is good.
    fn life(&self) -> Duration;
}

/// What an access token says.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Names the token.
    pub token: Uuid,
    pub user: UserId,
    pub session: SessionId,
    /// When it is issued.
    pub at: OffsetDateTime,
    /// When the password was last given.
    pub signed_in_at: OffsetDateTime,
}

/// A token could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("the access token could not be signed")]
pub struct Unsigned(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl Coded for Unsigned {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Internal
    }

    fn code(&self) -> &'static str {
        "internal-error"
    }
}
