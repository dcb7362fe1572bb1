use async_trait::async_trait;
use kernel::{EmailAddress, UserId};
use time::OffsetDateTime;

use super::Unavailable;
use crate::domain::{PasswordHash, User};

/// Keeps users. One method is one transaction.
#[async_trait]
pub trait Users: Send + Sync {
    /// What somebody at this address signs in with.
    async fn credentials(&self, email: &EmailAddress) -> Result<Option<Credentials>, Unavailable>;

    /// Replaces the hash by one of the same password, unless it was replaced meanwhile.
    async fn rehash(
        &self,
        id: UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<(), Unavailable>;

    /// The active user.
    async fn find(&self, id: UserId) -> Result<Option<User>, Unavailable>;

    /// Keeps the profile of `user`, whose version is one above the one it is based on.
    /// `false` if that is not the version that is kept.
    async fn save(&self, user: &User, at: OffsetDateTime) -> Result<bool, Unavailable>;

    /// The user to whom mail may be sent: there, and not deleted.
    async fn reachable(&self, id: UserId) -> Result<Option<User>, Unavailable>;
}

/// What a sign-in is checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    pub user: UserId,
    /// Nothing for accounts without a password.
    pub password: Option<PasswordHash>,
    /// Whether the account may sign in.
    pub active: bool,
}
