use sqlx::PgTransaction;
use uuid::Uuid;

/// Something that another service must learn.
#[derive(Debug, Clone)]
pub struct Message {
    /// The key by which the receiver knows it again if it comes twice.
    pub id: Uuid,
    /// Which [`crate::Deliver`] takes it, such as `notification.enqueue`.
    pub topic: &'static str,
    /// What is said: ids and routing, encoded as the topic has it.
    pub payload: Vec<u8>,
}

/// Sends a message, if and only if the caller's transaction commits. Putting the same id twice
/// sends the first. After the commit call [`jobs::Wake::wake`], or it leaves a fifth of a
/// second later.
pub async fn put(tx: &mut PgTransaction<'_>, message: &Message) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into outbox (id, topic, payload, traceparent) values ($1, $2, $3, $4)
         on conflict (id) do nothing",
        message.id,
        message.topic,
        message.payload,
        telemetry::traceparent(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
