//! Mails that a service asks notification-service for: a message in the outbox of the service,
//! and the hand-over of it.
#![warn(missing_docs)]

mod relay;
#[cfg(test)]
mod relay_tests;

pub use contracts::events::mail_requested::Subject;
pub use contracts::notification::Template;
pub use relay::MailRelay;

use contracts::events::MailRequested;
use outbox::Message;
use prost::Message as _;
use uuid::Uuid;

/// The topic of mails in the outbox; each payload is a `MailRequested`.
pub const TOPIC: &str = "notification.enqueue";

/// The message that asks for a mail. `id` names the mail for ever: it is sent once.
pub fn request(id: Uuid, template: Template, subject: Subject) -> Message {
    let requested = MailRequested {
        template: template.into(),
        subject: Some(subject),
    };
    Message {
        id,
        topic: TOPIC,
        payload: requested.encode_to_vec(),
    }
}
