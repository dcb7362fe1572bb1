use kernel::DeliveryId;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Errand, MessageId};

/// How far a delivery got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Waits for its first or its next try.
    Queued,
    /// Is being handed to the mail server.
    Sending,
    /// The mail server took it.
    Sent,
    /// It will never be sent.
    Failed,
}

impl Status {
    const ALL: [Self; 4] = [Self::Queued, Self::Sending, Self::Sent, Self::Failed];

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }

    /// The status of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// A mail that was asked for just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// Names it for ever.
    pub id: DeliveryId,
    /// Names the request; the same one never makes a second mail.
    pub key: Uuid,
    /// What it tells.
    pub errand: Errand,
    /// What mail programs know it by.
    pub message_id: MessageId,
}

/// One mail to one address, and how far it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Names it for ever.
    pub id: DeliveryId,
    /// What it tells.
    pub errand: Errand,
    /// What mail programs know it by; the same at every try.
    pub message_id: MessageId,
    /// The masked address, once it was looked up.
    pub to: Option<String>,
    /// How far it got.
    pub status: Status,
    /// How often a mail server was asked to take it.
    pub attempts: u32,
    /// When the mail server took it.
    pub sent_at: Option<OffsetDateTime>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_found_by_its_name() {
        for status in Status::ALL {
            assert_eq!(Status::named(status.name()), Some(status));
        }
        assert_eq!(Status::named("lost"), None);
    }
}
