use async_trait::async_trait;
use contracts::story::GetStoryForMailRequest;
use contracts::story::story_service_client::StoryServiceClient;
use kernel::{StoryId, UserId};
use runtime::grpc::ServiceChannel;

use super::STORY_SERVICE;
use super::answers::refusal;
use crate::application::ports::{LookUpError, Stories};
use crate::domain::StoryText;

/// Stories as story-service knows them.
pub struct GrpcStories(StoryServiceClient<ServiceChannel>);

impl GrpcStories {
    pub fn new(channel: ServiceChannel) -> Self {
        Self(StoryServiceClient::new(channel))
    }
}

#[async_trait]
impl Stories for GrpcStories {
    async fn for_mail(&self, story: StoryId) -> Result<(UserId, StoryText), LookUpError> {
        let story_id = story.0.to_string();
        let mut client = self.0.clone();
        let answer = client
            .get_story_for_mail(GetStoryForMailRequest { story_id })
            .await;
        let answer = answer
            .map_err(|status| refusal(STORY_SERVICE, status))?
            .into_inner();
        let reader = answer
            .user_id
            .parse()
            .map_err(|_| LookUpError::Unusable(STORY_SERVICE))?;
        let text = StoryText::new(&answer.title, &answer.language, &answer.paragraphs);
        Ok((UserId(reader), text))
    }
}
