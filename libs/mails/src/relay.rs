use async_trait::async_trait;
use contracts::events::{MailRequested, mail_requested};
use contracts::notification::EnqueueRequest;
use contracts::notification::enqueue_request::Subject;
use contracts::notification::notification_service_client::NotificationServiceClient;
use jobs::{Cause, Failure};
use kernel::ErrorKind;
use outbox::Deliver;
use problem::grpc::kind_of;
use prost::Message as _;
use runtime::grpc::ServiceChannel;
use tonic::Status;
use uuid::Uuid;

/// Hands the mails of an outbox to notification-service, which knows each by its id.
pub struct MailRelay {
    notifications: NotificationServiceClient<ServiceChannel>,
}

impl MailRelay {
    /// One that reaches notification-service through the channel.
    pub fn new(channel: ServiceChannel) -> Self {
        Self {
            notifications: NotificationServiceClient::new(channel),
        }
    }
}

#[async_trait]
impl Deliver for MailRelay {
    async fn deliver(&self, id: Uuid, payload: &[u8]) -> Result<(), Failure> {
        let requested = MailRequested::decode(payload)
            .map_err(|error| Failure::Reject(Cause::new("malformed-message", error)))?;
        let request = EnqueueRequest {
            key: id.to_string(),
            template: requested.template,
            subject: requested.subject.map(subject),
        };
        let answer = self.notifications.clone().enqueue(request).await;
        answer.map(drop).map_err(|status| failure(&status))
    }
}

fn subject(requested: mail_requested::Subject) -> Subject {
    match requested {
        mail_requested::Subject::FlowId(id) => Subject::FlowId(id),
        mail_requested::Subject::UserId(id) => Subject::UserId(id),
        mail_requested::Subject::StoryId(id) => Subject::StoryId(id),
    }
}

/// What is refused as wrong stays wrong; anything else may be taken next time.
fn failure(status: &Status) -> Failure {
    let cause = Cause::new("mail-not-enqueued", format!("{:?}", status.code()));
    match kind_of(status) {
        ErrorKind::Malformed | ErrorKind::Invalid => Failure::Reject(cause),
        ErrorKind::Unauthenticated
        | ErrorKind::Forbidden
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::Gone
        | ErrorKind::Outdated
        | ErrorKind::PreconditionRequired
        | ErrorKind::RateLimited
        | ErrorKind::Internal
        | ErrorKind::Unavailable => Failure::Unavailable(cause),
    }
}
