use mails::{Subject, Template};
use sqlx::PgTransaction;
use uuid::Uuid;

use crate::domain::Mail;

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
    outbox::put(tx, &mails::request(id, template, subject)).await
}
