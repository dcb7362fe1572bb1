use std::net::IpAddr;

use async_trait::async_trait;
use kernel::{SessionId, UserId};
use time::OffsetDateTime;

use super::Unavailable;
use crate::domain::{KeyId, NewSession, Session, TokenHash};

/// Keeps sessions. One method is one transaction.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Keeps a new session of the user and ends the oldest that are too many. `false` if
    /// the user may not sign in (any more).
    async fn open(&self, user: UserId, new: &NewSession) -> Result<bool, Unavailable>;

    /// The session as it is, live or not.
    async fn find(&self, id: SessionId) -> Result<Option<Session>, Unavailable>;

    /// Replaces the token, for one caller alone: `false` if somebody else was faster or
    /// the session is over.
    async fn rotate(&self, rotation: &Rotation) -> Result<bool, Unavailable>;

    /// Ends the session because a token was used twice, and queues the mail that tells
    /// its user. `false` if it was over already.
    async fn end_replayed(
        &self,
        id: SessionId,
        ip: Option<IpAddr>,
        at: OffsetDateTime,
    ) -> Result<bool, Unavailable>;

    /// Ends live sessions of a user; answers how many.
    async fn end(
        &self,
        user: UserId,
        which: Ending,
        at: OffsetDateTime,
    ) -> Result<u64, Unavailable>;
}

/// One step from a token to its successor.
#[derive(Debug, Clone)]
pub struct Rotation {
    pub session: SessionId,
    /// The generation and hash of the token that is replaced.
    pub from: (u64, TokenHash),
    /// The hash of its successor, and the key that signed it.
    pub to: (TokenHash, KeyId),
    pub at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    pub ip: Option<IpAddr>,
}

/// Which sessions of a user are to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// This one.
    This(SessionId),
    /// All but this one.
    Others(SessionId),
    /// All.
    All,
}
