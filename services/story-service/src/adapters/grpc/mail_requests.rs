use async_trait::async_trait;
use contracts::events::MailRequested;
use contracts::events::mail_requested::Subject as Asked;
use contracts::notification::EnqueueRequest;
use contracts::notification::enqueue_request::Subject;
use contracts::notification::notification_service_client::NotificationServiceClient;
use jobs::{Cause, Failure};
use outbox::Deliver;
use prost::Message as _;
use runtime::grpc::ServiceChannel;
use tonic::{Code, Status};
use uuid::Uuid;

/// Hands wishes for mails to notification-service.
pub struct MailRequests {
    client: NotificationServiceClient<ServiceChannel>,
}

impl MailRequests {
    pub fn new(channel: ServiceChannel) -> Self {
        Self {
            client: NotificationServiceClient::new(channel),
        }
    }
}

#[async_trait]
impl Deliver for MailRequests {
    async fn deliver(&self, id: Uuid, payload: &[u8]) -> Result<(), Failure> {
        let asked = MailRequested::decode(payload);
        let asked = asked.map_err(|error| Failure::Reject(Cause::new("malformed", error)))?;
        let request = EnqueueRequest {
            key: id.to_string(),
            template: asked.template,
            subject: asked.subject.map(|subject| match subject {
                Asked::FlowId(flow) => Subject::FlowId(flow),
                Asked::UserId(user) => Subject::UserId(user),
                Asked::StoryId(story) => Subject::StoryId(story),
            }),
        };
        let answer = self.client.clone().enqueue(request).await;
        answer.map(|_| ()).map_err(|status| failure(&status))
    }
}

/// What was refused as wrong stays wrong; anything else may be taken next time.
fn failure(status: &Status) -> Failure {
    let cause = Cause::new("enqueue-failed", status.message());
    match status.code() {
        Code::InvalidArgument => Failure::Reject(cause),
        _ => Failure::Unavailable(cause),
    }
}
