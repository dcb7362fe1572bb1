//! What the use cases need from outside, in their own words.

use async_trait::async_trait;
use kernel::{Coded, DeliveryId, EmailAddress, ErrorKind, Fence, StoryId, UserId};

use crate::domain::{Delivery, FlowId, Letter, NewDelivery, Signer, StoryText, Verification};

/// Keeps deliveries and the jobs that send them. One method is one transaction.
#[async_trait]
pub trait Deliveries: Send + Sync {
    /// Keeps a new delivery and queues the job that sends it, unless its key is known
    /// already; answers the delivery that has the key.
    async fn accept(&self, delivery: &NewDelivery) -> Result<Delivery, Unavailable>;

    /// The delivery as it stands.
    async fn find(&self, id: DeliveryId) -> Result<Option<Delivery>, Unavailable>;

    /// The deliveries of one story, oldest first.
    async fn of_story(&self, story: StoryId) -> Result<Vec<Delivery>, Unavailable>;

    /// Notes that the mail is about to be handed to a mail server, for that masked
    /// address; refused if the fence is outdated.
    async fn begin(&self, fence: &Fence, id: DeliveryId, to: &str) -> Result<(), SaveError>;

    /// Notes that a mail server did not take the mail: the try counts, the mail waits again.
    async fn put_back(&self, fence: &Fence, id: DeliveryId, to: &str) -> Result<(), SaveError>;

    /// Notes that the mail was sent, tells the owner of its story, and finishes the job;
    /// all of it, or nothing if the fence is outdated.
    async fn settle_sent(&self, fence: &Fence, id: DeliveryId) -> Result<(), SaveError>;

    /// Notes that the mail will never be sent, tells the owner of its story, and finishes
    /// the job; all of it, or nothing if the fence is outdated.
    async fn settle_failed(&self, fence: &Fence, id: DeliveryId) -> Result<(), SaveError>;
}

/// Knows who is behind a flow or a user id. Asked at send time, so that what it answers
/// is kept nowhere.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Where the code of a flow goes, and the code.
    async fn verification(&self, flow: FlowId)
    -> Result<(EmailAddress, Verification), LookUpError>;

    /// Where a user is reached, and how they are greeted.
    async fn contact(&self, user: UserId) -> Result<(EmailAddress, Signer), LookUpError>;
}

/// Knows the stories. Asked at send time.
#[async_trait]
pub trait Stories: Send + Sync {
    /// A story, and whose it is.
    async fn for_mail(&self, story: StoryId) -> Result<(UserId, StoryText), LookUpError>;
}

/// Hands letters to a mail server.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Asks a mail server whether it takes a mail for the address. The letter itself is
    /// handed over by the answer, so that the last check can stand right before.
    async fn offer(&self, letter: &Letter) -> Result<Box<dyn Offer>, SendError>;
}

/// A mail server that waits for the letter it was asked to take.
#[async_trait]
pub trait Offer: Send {
    /// Hands the letter over. Once this is called, the letter may arrive whatever is
    /// answered.
    async fn hand_over(self: Box<Self>) -> Result<(), SendError>;
}

/// What a failure was caused by; it goes to the log, not to the caller.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The other side of a port is away, or will have nothing to do with us as we are set up.
#[derive(Debug, thiserror::Error)]
#[error("{what} is unavailable")]
pub struct Unavailable {
    /// Who is away.
    pub what: &'static str,
    /// How that showed.
    #[source]
    pub cause: Cause,
}

impl Coded for Unavailable {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }

    fn code(&self) -> &'static str {
        "temporarily-unavailable"
    }
}

/// Why the effect of a job was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Another worker holds the job by now, or it was cancelled.
    #[error("superseded by a newer claim of the job")]
    Superseded,
    /// The ledger is away.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why another service told nothing that a mail can be made of.
#[derive(Debug, thiserror::Error)]
pub enum LookUpError {
    /// What the mail is about does not exist, or no longer.
    #[error("what the mail is about is gone")]
    Gone,
    /// The time for the mail is over: the flow was used or has expired.
    #[error("the time for the mail is over")]
    Over,
    /// The answer is no address, no code.
    #[error("{0} answered what no mail can be made of")]
    Unusable(&'static str),
    /// The other service is away.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why a mail server did not take a mail.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It is away, or will have nothing to do with us as we are set up; the mail itself
    /// was not judged.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Not now; later, if asked again.
    #[error("the mail server answered {0}: not now")]
    NotNow(u16),
    /// Never.
    #[error("the mail server answered {0}: never")]
    Never(u16),
    /// The answer to a letter that was handed over is missing: it may arrive or not.
    #[error("the mail server gave no answer after the letter")]
    Unanswered(#[source] Cause),
    /// No mail can be made of the letter.
    #[error("no mail can be made of the letter")]
    Unsendable(#[source] Cause),
}
