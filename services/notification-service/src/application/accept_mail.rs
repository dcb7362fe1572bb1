use std::sync::Arc;

use kernel::{Coded, DeliveryId, ErrorKind, Ids};
use uuid::Uuid;

use super::ports::{Deliveries, Unavailable};
use crate::domain::{Caller, Errand, MailDomain, MessageId, NewDelivery};

/// A service asks for a mail; a worker will send it.
#[derive(Clone)]
pub struct AcceptMail {
    deliveries: Arc<dyn Deliveries>,
    ids: Arc<dyn Ids>,
    domain: MailDomain,
}

/// Why a mail was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptMailError {
    #[error("this template is not the caller's")]
    NotTheirs,
    #[error("the key stands for another mail")]
    KeyReused,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Coded for AcceptMailError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotTheirs => ErrorKind::Forbidden,
            Self::KeyReused => ErrorKind::Conflict,
            Self::Unavailable(cause) => cause.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotTheirs => "forbidden",
            Self::KeyReused => "conflict",
            Self::Unavailable(cause) => cause.code(),
        }
    }
}

impl AcceptMail {
    pub fn new(deliveries: Arc<dyn Deliveries>, ids: Arc<dyn Ids>, domain: MailDomain) -> Self {
        Self {
            deliveries,
            ids,
            domain,
        }
    }

    /// Accepts the mail once for each key; asked again, it answers the same delivery.
    #[tracing::instrument(skip_all)]
    pub async fn run(
        &self,
        caller: Caller,
        key: Uuid,
        errand: Errand,
    ) -> Result<DeliveryId, AcceptMailError> {
        if !caller.may_send(errand.template()) {
            return Err(AcceptMailError::NotTheirs);
        }
        let id = DeliveryId(self.ids.next());
        let wanted = NewDelivery {
            id,
            key,
            errand,
            message_id: MessageId::new(id, &self.domain),
        };
        let kept = self.deliveries.accept(&wanted).await?;
        if kept.errand != errand {
            return Err(AcceptMailError::KeyReused);
        }
        if kept.id == id {
            tracing::info!(
                labels.template = errand.template().name(),
                labels.delivery_id = %id.0,
                email.message_id = %kept.message_id,
                "mail accepted"
            );
        }
        Ok(kept.id)
    }
}

#[cfg(test)]
mod tests {
    use kernel::{StoryId, TimeOrderedIds, UserId};

    use super::*;
    use crate::application::fakes::FakeDeliveries;

    const KEY: Uuid = Uuid::from_u128(9);

    fn accept_mail() -> AcceptMail {
        let domain = MailDomain::parse("mail.example.org").unwrap();
        let deliveries = Arc::new(FakeDeliveries::default());
        AcceptMail::new(deliveries, Arc::new(TimeOrderedIds), domain)
    }

    #[tokio::test]
    async fn the_same_key_answers_the_same_delivery() {
        let accept_mail = accept_mail();
        let story = Errand::Story(StoryId(Uuid::from_u128(1)));

        let first = accept_mail.run(Caller::Story, KEY, story).await.unwrap();
        let again = accept_mail.run(Caller::Story, KEY, story).await.unwrap();
        let other_key = Uuid::from_u128(10);
        let other = accept_mail
            .run(Caller::Story, other_key, story)
            .await
            .unwrap();

        assert_eq!(first, again);
        assert_ne!(first, other);
    }

    #[tokio::test]
    async fn a_key_stands_for_one_mail() {
        let accept_mail = accept_mail();
        let notice = Errand::SecurityNotice(UserId(Uuid::from_u128(1)));
        let exists = Errand::AccountExists(UserId(Uuid::from_u128(1)));
        accept_mail.run(Caller::Auth, KEY, notice).await.unwrap();

        let refused = accept_mail.run(Caller::Auth, KEY, exists).await;

        assert!(matches!(refused, Err(AcceptMailError::KeyReused)));
    }

    #[tokio::test]
    async fn nobody_sends_the_mails_of_others() {
        let story = Errand::Story(StoryId(Uuid::from_u128(1)));
        let refused = accept_mail().run(Caller::Auth, KEY, story).await;
        assert!(matches!(refused, Err(AcceptMailError::NotTheirs)));
    }
}
