use contracts::notification::enqueue_request::Subject;
use contracts::notification::notification_service_server::NotificationService;
use contracts::notification::{
    Delivery as DeliveryView, DeliveryStatus, EnqueueRequest, EnqueueResponse,
    ListDeliveriesRequest, ListDeliveriesResponse, Template as TemplateView,
};
use kernel::StoryId;
use time::format_description::well_known::Rfc3339;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{AUTH_SERVICE, STORY_SERVICE};
use crate::application::{AcceptMail, ListDeliveries};
use crate::domain::{Caller, Delivery, Errand, Status as Standing, Template};

/// What other services may call.
pub struct NotificationServer {
    accept_mail: AcceptMail,
    list_deliveries: ListDeliveries,
}

impl NotificationServer {
    pub const fn new(accept_mail: AcceptMail, list_deliveries: ListDeliveries) -> Self {
        Self {
            accept_mail,
            list_deliveries,
        }
    }
}

#[tonic::async_trait]
impl NotificationService for NotificationServer {
    async fn enqueue(
        &self,
        request: Request<EnqueueRequest>,
    ) -> Result<Response<EnqueueResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let key = uuid("key", &request.key)?;
        let errand = errand(&request)?;
        let accepted = self.accept_mail.run(caller, key, errand).await;
        let delivery = accepted.map_err(|error| problem::grpc::status(&error))?;
        let delivery_id = delivery.0.to_string();
        Ok(Response::new(EnqueueResponse { delivery_id }))
    }

    async fn list_deliveries(
        &self,
        request: Request<ListDeliveriesRequest>,
    ) -> Result<Response<ListDeliveriesResponse>, Status> {
        let story = uuid("story_id", &request.into_inner().story_id)?;
        let listed = self.list_deliveries.run(StoryId(story)).await;
        let listed = listed.map_err(|error| problem::grpc::status(&error))?;
        let deliveries = listed.into_iter().map(view).collect();
        Ok(Response::new(ListDeliveriesResponse { deliveries }))
    }
}

/// Who calls; the guard in front lets nobody else in.
fn caller<T>(request: &Request<T>) -> Result<Caller, Status> {
    match request.extensions().get() {
        Some(runtime::grpc::Caller(AUTH_SERVICE)) => Ok(Caller::Auth),
        Some(runtime::grpc::Caller(STORY_SERVICE)) => Ok(Caller::Story),
        _ => Err(Status::permission_denied("not for this caller")),
    }
}

fn uuid(field: &str, text: &str) -> Result<Uuid, Status> {
    let parsed = Uuid::try_parse(text);
    parsed.map_err(|_| Status::invalid_argument(format!("{field} must be a UUID")))
}

fn errand(request: &EnqueueRequest) -> Result<Errand, Status> {
    let (template, subject) = match (request.template(), &request.subject) {
        (TemplateView::VerifyEmail, Some(Subject::FlowId(id))) => (Template::VerifyEmail, id),
        (TemplateView::AccountExists, Some(Subject::UserId(id))) => (Template::AccountExists, id),
        (TemplateView::SecurityNotice, Some(Subject::UserId(id))) => (Template::SecurityNotice, id),
        (TemplateView::Story, Some(Subject::StoryId(id))) => (Template::Story, id),
        _ => return Err(Status::invalid_argument("template and subject do not fit")),
    };
    Ok(Errand::new(template, uuid("subject", subject)?))
}

fn view(delivery: Delivery) -> DeliveryView {
    let status = match delivery.status {
        Standing::Queued => DeliveryStatus::Queued,
        Standing::Sending => DeliveryStatus::Sending,
        Standing::Sent => DeliveryStatus::Sent,
        Standing::Failed => DeliveryStatus::Failed,
    };
    let sent_at = delivery.sent_at.and_then(|at| at.format(&Rfc3339).ok());
    DeliveryView {
        id: delivery.id.0.to_string(),
        to: delivery.to.unwrap_or_default(),
        status: status.into(),
        attempts: delivery.attempts,
        sent_at: sent_at.unwrap_or_default(),
        message_id: delivery.message_id.to_string(),
    }
}
