use std::sync::Arc;

use kernel::{StoryId, UserId};

use super::GetStoryError;
use super::ports::{Deleted, NewsBoard, Stories};
use crate::domain::story::News;

/// A reader removes a story for good.
pub struct DeleteStory {
    stories: Arc<dyn Stories>,
    news: Arc<dyn NewsBoard>,
}

impl DeleteStory {
    pub fn new(stories: Arc<dyn Stories>, news: Arc<dyn NewsBoard>) -> Self {
        Self { stories, news }
    }

    #[tracing::instrument(skip_all, fields(story.id = %id.0))]
    pub async fn run(&self, owner: UserId, id: StoryId) -> Result<(), GetStoryError> {
        match self.stories.delete(owner, id).await? {
            Deleted::Never => Err(GetStoryError::NotFound),
            Deleted::Before => Ok(()),
            Deleted::Now => {
                tracing::info!("story deleted");
                // Lost news are told from the row, which is gone.
                let _lost = self.news.post(id, &[News::Cancelled]).await;
                Ok(())
            }
        }
    }
}
