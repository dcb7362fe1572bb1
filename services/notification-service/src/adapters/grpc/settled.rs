use async_trait::async_trait;
use contracts::events::StoryMailSettled;
use contracts::story::ReportDeliveryRequest;
use contracts::story::story_service_client::StoryServiceClient;
use jobs::{Cause, Failure};
use kernel::ErrorKind;
use prost::Message as _;
use runtime::grpc::ServiceChannel;
use uuid::Uuid;

use super::STORY_SERVICE;
use super::answers::away;

/// Tells story-service how the mails of its stories ended.
pub struct TellStories(StoryServiceClient<ServiceChannel>);

impl TellStories {
    pub fn new(channel: ServiceChannel) -> Self {
        Self(StoryServiceClient::new(channel))
    }
}

#[async_trait]
impl outbox::Deliver for TellStories {
    async fn deliver(&self, _: Uuid, payload: &[u8]) -> Result<(), Failure> {
        let settled = StoryMailSettled::decode(payload);
        let settled = settled.map_err(|why| Failure::Reject(Cause::new("unreadable", why)))?;
        let report = ReportDeliveryRequest {
            delivery_id: settled.delivery_id,
            story_id: settled.story_id,
            outcome: settled.outcome,
        };
        let Err(status) = self.0.clone().report_delivery(report).await else {
            return Ok(());
        };
        match problem::grpc::kind_of(&status) {
            // The story was deleted meanwhile: nobody wants to know.
            ErrorKind::NotFound => Ok(()),
            ErrorKind::Invalid => Err(Failure::Reject(Cause::new("refused", status.code()))),
            _ => Err(away(STORY_SERVICE, status).into()),
        }
    }
}
