use std::sync::Arc;

use kernel::{Coded, DeliveryId, ErrorKind, Fence};

use super::ports::{
    Accounts, Cause, Deliveries, LookUpError, Mailer, SaveError, SendError, Stories, Unavailable,
};
use crate::domain::{Content, Delivery, Errand, Letter};

/// A worker sends a mail that was accepted.
pub struct SendMail {
    deliveries: Arc<dyn Deliveries>,
    accounts: Arc<dyn Accounts>,
    stories: Arc<dyn Stories>,
    mailer: Arc<dyn Mailer>,
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendMailError {
    #[error("no such delivery")]
    NotFound,
    #[error("superseded by a newer claim of the job")]
    Superseded,
    #[error("{0} answered what no mail can be made of")]
    Unusable(&'static str),
    #[error("the mail server answered {0}: not now")]
    NotNow(u16),
    #[error("the mail server answered {0}: never")]
    Never(u16),
    #[error("the mail server gave no answer after the letter")]
    Unanswered(#[source] Cause),
    #[error("no mail can be made of the letter")]
    Unsendable(#[source] Cause),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Coded for SendMailError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Superseded => ErrorKind::Conflict,
            Self::Unusable(_) | Self::Never(_) | Self::Unsendable(_) => ErrorKind::Invalid,
            Self::NotNow(_) => ErrorKind::RateLimited,
            Self::Unanswered(_) => ErrorKind::Internal,
            Self::Unavailable(cause) => cause.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Superseded => "conflict",
            Self::Unusable(_) => "mail-unusable",
            Self::NotNow(_) => "mail-deferred",
            Self::Never(_) => "mail-refused",
            Self::Unanswered(_) => "mail-unanswered",
            Self::Unsendable(_) => "mail-unsendable",
            Self::Unavailable(cause) => cause.code(),
        }
    }
}

impl From<SaveError> for SendMailError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Superseded => Self::Superseded,
            SaveError::Unavailable(cause) => Self::Unavailable(cause),
        }
    }
}

impl From<SendError> for SendMailError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Unavailable(cause) => Self::Unavailable(cause),
            SendError::NotNow(reply) => Self::NotNow(reply),
            SendError::Never(reply) => Self::Never(reply),
            SendError::Unanswered(cause) => Self::Unanswered(cause),
            SendError::Unsendable(cause) => Self::Unsendable(cause),
        }
    }
}

impl SendMail {
    pub fn new(
        deliveries: Arc<dyn Deliveries>,
        accounts: Arc<dyn Accounts>,
        stories: Arc<dyn Stories>,
        mailer: Arc<dyn Mailer>,
    ) -> Self {
        Self {
            deliveries,
            accounts,
            stories,
            mailer,
        }
    }

    /// Sends the mail with what the other services say now. A mail whose subject is gone,
    /// or whose time is over, is let go without a fuss.
    #[tracing::instrument(skip_all, fields(labels.delivery_id = %id.0))]
    pub async fn run(&self, id: DeliveryId, fence: &Fence) -> Result<(), SendMailError> {
        let found = self.deliveries.find(id).await?;
        let delivery = found.ok_or(SendMailError::NotFound)?;
        match self.compose(&delivery).await {
            Ok(letter) => self.send(id, fence, &letter).await,
            Err(LookUpError::Gone | LookUpError::Over) => self.let_go(&delivery, fence).await,
            Err(LookUpError::Unusable(who)) => Err(SendMailError::Unusable(who)),
            Err(LookUpError::Unavailable(cause)) => Err(cause.into()),
        }
    }

    async fn compose(&self, delivery: &Delivery) -> Result<Letter, LookUpError> {
        let (to, content) = match delivery.errand {
            Errand::VerifyEmail(flow) => {
                let (to, verification) = self.accounts.verification(flow).await?;
                (to, Content::VerifyEmail(verification))
            }
            Errand::AccountExists(user) => {
                let (to, signer) = self.accounts.contact(user).await?;
                (to, Content::AccountExists(signer))
            }
            Errand::SecurityNotice(user) => {
                let (to, signer) = self.accounts.contact(user).await?;
                (to, Content::SecurityNotice(signer))
            }
            Errand::Story(story) => {
                let (reader, text) = self.stories.for_mail(story).await?;
                let (to, _) = self.accounts.contact(reader).await?;
                (to, Content::Story(text))
            }
        };
        Ok(Letter {
            message_id: delivery.message_id.clone(),
            to,
            content,
        })
    }

    /// The order is what matters: the server says yes, the ledger says that we still may,
    /// then the letter goes. A crash from there on sends it again, under the same id.
    async fn send(
        &self,
        id: DeliveryId,
        fence: &Fence,
        letter: &Letter,
    ) -> Result<(), SendMailError> {
        let to = letter.to.masked();
        let offer = match self.mailer.offer(letter).await {
            Ok(offer) => offer,
            Err(SendError::Unavailable(cause)) => return Err(cause.into()),
            Err(refusal) => return self.not_taken(id, fence, &to, refusal).await,
        };
        self.deliveries.begin(fence, id, &to).await?;
        if let Err(refusal) = offer.hand_over().await {
            return self.not_taken(id, fence, &to, refusal).await;
        }
        self.deliveries.settle_sent(fence, id).await?;
        tracing::info!(
            event.action = "mail-sent",
            event.outcome = "success",
            labels.template = letter.content.template().name(),
            email.message_id = %letter.message_id,
            email.to.address = to,
            "mail sent"
        );
        Ok(())
    }

    async fn not_taken(
        &self,
        id: DeliveryId,
        fence: &Fence,
        to: &str,
        refusal: SendError,
    ) -> Result<(), SendMailError> {
        self.deliveries.put_back(fence, id, to).await?;
        Err(refusal.into())
    }

    async fn let_go(&self, delivery: &Delivery, fence: &Fence) -> Result<(), SendMailError> {
        self.deliveries.settle_failed(fence, delivery.id).await?;
        tracing::info!(
            event.action = "mail-sent",
            event.outcome = "failure",
            event.reason = "its subject is gone or its time is over",
            labels.template = delivery.errand.template().name(),
            email.message_id = %delivery.message_id,
            "mail let go"
        );
        Ok(())
    }
}
