use contracts::events::StoryMailSettled;
use contracts::story::DeliveryOutcome;
use kernel::{DeliveryId, StoryId};
use prost::Message as _;
use sqlx::PgTransaction;
use uuid::Uuid;

/// The kind of the jobs that send mails; the key is the id of the delivery.
pub const SEND_MAIL: &str = "send_mail";

/// The topic of the messages that tell story-service how a mail ended.
pub const STORY_MAIL_SETTLED: &str = "story.mail_settled";

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Sent,
    Failed,
}

/// Tells the owner of the story, if and only if the transaction commits.
pub async fn tell_owner(
    tx: &mut PgTransaction<'_>,
    id: Uuid,
    delivery: DeliveryId,
    story: StoryId,
    outcome: Outcome,
) -> Result<(), sqlx::Error> {
    let outcome = match outcome {
        Outcome::Sent => DeliveryOutcome::Sent,
        Outcome::Failed => DeliveryOutcome::Failed,
    };
    let settled = StoryMailSettled {
        delivery_id: delivery.0.to_string(),
        story_id: story.0.to_string(),
        outcome: outcome.into(),
    };
    let message = outbox::Message {
        id,
        topic: STORY_MAIL_SETTLED,
        payload: settled.encode_to_vec(),
    };
    outbox::put(tx, &message).await
}
