use contracts::events::{MailRequested, mail_requested::Subject};
use contracts::notification::Template;
use outbox::Message;
use prost::Message as _;
use sqlx::PgTransaction;
use uuid::Uuid;

use crate::domain::Mail;

/// The topic of mails in the outbox; each payload is a `MailRequested`.
pub const MAIL_REQUESTED: &str = "notification.enqueue";

/// Queues a mail, if and only if the transaction commits. `id` names it for ever.
pub(super) async fn queue(
    tx: &mut PgTransaction<'_>,
    id: Uuid,
    mail: Mail,
) -> Result<(), sqlx::Error> {
    let (template, subject) = match mail {
        Mail::VerifyEmail(flow) => (Template::VerifyEmail, Subject::FlowId(flow.0.to_string())),
        Mail::AccountExists(user) => (Template::AccountExists, Subject::UserId(user.0.to_string())),
        Mail::SecurityNotice(user) => (
            Template::SecurityNotice,
            Subject::UserId(user.0.to_string()),
        ),
    };
    let requested = MailRequested {
        template: template.into(),
        subject: Some(subject),
    };
    let message = Message {
        id,
        topic: MAIL_REQUESTED,
        payload: requested.encode_to_vec(),
    };
    outbox::put(tx, &message).await
}
