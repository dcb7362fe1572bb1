use std::sync::Arc;

use kernel::{StoryId, UserId};

use super::GetStoryError;
use super::ports::{Deliveries, Delivery, Stories};

/// A reader asks what became of a story's mails.
pub struct ListDeliveries {
    stories: Arc<dyn Stories>,
    deliveries: Arc<dyn Deliveries>,
}

impl ListDeliveries {
    pub fn new(stories: Arc<dyn Stories>, deliveries: Arc<dyn Deliveries>) -> Self {
        Self {
            stories,
            deliveries,
        }
    }

    #[tracing::instrument(skip_all, fields(story.id = %id.0))]
    pub async fn run(&self, owner: UserId, id: StoryId) -> Result<Vec<Delivery>, GetStoryError> {
        let found = self.stories.find(owner, id).await?;
        found.ok_or(GetStoryError::NotFound)?;
        Ok(self.deliveries.list(id).await?)
    }
}
