use std::sync::Arc;

use kernel::StoryId;

use super::ports::{Deliveries, Unavailable};
use crate::domain::Delivery;

/// A service asks what became of the mails of a story.
#[derive(Clone)]
pub struct ListDeliveries {
    deliveries: Arc<dyn Deliveries>,
}

impl ListDeliveries {
    pub fn new(deliveries: Arc<dyn Deliveries>) -> Self {
        Self { deliveries }
    }

    /// The deliveries of the story, oldest first.
    pub async fn run(&self, story: StoryId) -> Result<Vec<Delivery>, Unavailable> {
        self.deliveries.of_story(story).await
    }
}
