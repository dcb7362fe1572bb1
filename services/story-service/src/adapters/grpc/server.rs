use contracts::story::story_service_server::StoryService;
use contracts::story::{
    DeliveryOutcome, GetStoryForMailRequest, GetStoryForMailResponse, ReportDeliveryRequest,
    ReportDeliveryResponse,
};
use kernel::{DeliveryId, StoryId};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::application::ports::MailReport;
use crate::application::{MailStory, ReportDelivery, StoryForMail};

/// What other services may ask about stories.
pub struct StoryServer {
    pub story_for_mail: StoryForMail,
    pub report_delivery: ReportDelivery,
}

#[tonic::async_trait]
impl StoryService for StoryServer {
    async fn get_story_for_mail(
        &self,
        request: Request<GetStoryForMailRequest>,
    ) -> Result<Response<GetStoryForMailResponse>, Status> {
        let id = StoryId(id("story_id", &request.get_ref().story_id)?);
        let found = self.story_for_mail.run(id).await;
        let MailStory { owner, text } = found.map_err(|error| problem::grpc::status(&error))?;
        Ok(Response::new(GetStoryForMailResponse {
            user_id: owner.0.to_string(),
            title: text.title,
            teaser: text.teaser,
            paragraphs: text.paragraphs,
            language: text.language.as_str().to_owned(),
        }))
    }

    async fn report_delivery(
        &self,
        request: Request<ReportDeliveryRequest>,
    ) -> Result<Response<ReportDeliveryResponse>, Status> {
        let request = request.get_ref();
        let sent = match request.outcome() {
            DeliveryOutcome::Sent => true,
            DeliveryOutcome::Failed => false,
            DeliveryOutcome::Unspecified => {
                return Err(Status::invalid_argument("outcome must be sent or failed"));
            }
        };
        let report = MailReport {
            delivery: DeliveryId(id("delivery_id", &request.delivery_id)?),
            story: StoryId(id("story_id", &request.story_id)?),
            sent,
        };
        let reported = self.report_delivery.run(&report).await;
        reported.map_err(|error| problem::grpc::status(&error))?;
        Ok(Response::new(ReportDeliveryResponse {}))
    }
}

fn id(name: &str, text: &str) -> Result<Uuid, Status> {
    let refused = |_| Status::invalid_argument(format!("{name} must be a UUID"));
    Uuid::try_parse(text).map_err(refused)
}
