use std::time::Duration;

use async_trait::async_trait;
use kernel::UserId;
use time::OffsetDateTime;

use super::{Answer, Once, Unavailable};
use crate::domain::{CodeRules, NewRegistration, NewSession, Nonce, Registration, RegistrationId};

/// Keeps registrations and queues their mails. One method is one transaction.
#[async_trait]
pub trait Registrations: Send + Sync {
    /// Keeps a new registration and queues the mail with its code. If the address has an
    /// account it is kept as a decoy, and the mail tells the owner instead.
    async fn open(&self, new: &NewRegistration, once: Option<&Once>)
    -> Result<Opened, Unavailable>;

    /// The registration as it is.
    async fn find(&self, id: RegistrationId) -> Result<Option<Registration>, Unavailable>;

    /// Gives the registration a new nonce and a new life, and queues its mail again, if it
    /// is live and the rules allow it.
    async fn renew(&self, renewal: &Renewal) -> Result<Renewed, Unavailable>;

    /// Ends the registration because its tries are used up, unless it was used already.
    async fn lock(&self, id: RegistrationId, at: OffsetDateTime) -> Result<(), Unavailable>;

    /// Makes the registration a user with a session, for one caller alone.
    async fn complete(&self, completion: &Completion) -> Result<Completed, Unavailable>;

    /// Forgets registrations that began before then, and answers that nobody can ask for.
    async fn forget_before(
        &self,
        began: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<(), Unavailable>;
}

/// What became of a new registration.
#[derive(Debug, PartialEq, Eq)]
pub enum Opened {
    /// It is kept.
    Now,
    /// The same request came before and was answered so; nothing new is kept.
    Before(Answer),
    /// Another request of the same name came before.
    KeyReused,
    /// The same request is still at work.
    StillRunning,
}

/// The code is to be mailed again.
#[derive(Debug, Clone)]
pub struct Renewal {
    pub id: RegistrationId,
    pub nonce: Nonce,
    pub at: OffsetDateTime,
    pub rules: CodeRules,
}

/// What became of a renewal.
#[derive(Debug, PartialEq, Eq)]
pub enum Renewed {
    /// This is the registration now.
    Done(Registration),
    /// Too early: in so long it is allowed.
    TooEarly(Duration),
    /// There is no live registration of that id.
    Over,
}

/// A code was right.
#[derive(Debug, Clone)]
pub struct Completion {
    pub id: RegistrationId,
    /// What the code was derived from.
    pub nonce: Nonce,
    pub user: UserId,
    pub session: NewSession,
}

/// Who the registration went to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completed {
    /// To this caller.
    Won,
    /// To somebody else, or it is over.
    Lost,
    /// To nobody: the code was replaced meanwhile.
    Outdated,
}
