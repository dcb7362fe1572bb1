use async_trait::async_trait;
use contracts::notification as wire;
use contracts::notification::notification_service_client::NotificationServiceClient;
use kernel::{DeliveryId, StoryId};
use runtime::grpc::ServiceChannel;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::application::ports::{Deliveries, Delivery, DeliveryStatus, Unavailable};

/// The mails of a story, as notification-service knows them.
pub struct GrpcDeliveries {
    client: NotificationServiceClient<ServiceChannel>,
}

impl GrpcDeliveries {
    pub fn new(channel: ServiceChannel) -> Self {
        Self {
            client: NotificationServiceClient::new(channel),
        }
    }
}

/// The answer has another shape than agreed.
#[derive(Debug, thiserror::Error)]
#[error("notification-service answered a delivery without {0}")]
struct Malformed(&'static str);

impl From<Malformed> for Unavailable {
    fn from(cause: Malformed) -> Self {
        Self(cause.into())
    }
}

#[async_trait]
impl Deliveries for GrpcDeliveries {
    async fn list(&self, story: StoryId) -> Result<Vec<Delivery>, Unavailable> {
        let request = wire::ListDeliveriesRequest {
            story_id: story.0.to_string(),
        };
        let answer = self.client.clone().list_deliveries(request).await;
        let answer = answer.map_err(|status| Unavailable(status.into()))?;
        let deliveries = answer.into_inner().deliveries.into_iter();
        Ok(deliveries.map(delivery).collect::<Result<_, _>>()?)
    }
}

fn delivery(wire: wire::Delivery) -> Result<Delivery, Malformed> {
    Ok(Delivery {
        id: DeliveryId(Uuid::try_parse(&wire.id).map_err(|_| Malformed("an id"))?),
        status: match wire.status() {
            wire::DeliveryStatus::Queued => DeliveryStatus::Queued,
            wire::DeliveryStatus::Sending => DeliveryStatus::Sending,
            wire::DeliveryStatus::Sent => DeliveryStatus::Sent,
            wire::DeliveryStatus::Failed => DeliveryStatus::Failed,
            wire::DeliveryStatus::Unspecified => return Err(Malformed("a status")),
        },
        to: wire.to,
        attempts: wire.attempts,
        sent_at: OffsetDateTime::parse(&wire.sent_at, &Rfc3339).ok(),
        message_id: wire.message_id,
    })
}
