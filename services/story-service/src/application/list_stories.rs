use std::sync::Arc;

use kernel::UserId;

use super::ports::{Page, Position, Stories, Unavailable};
use crate::domain::story::Story;

/// A reader looks through their stories.
pub struct ListStories {
    stories: Arc<dyn Stories>,
}

/// Some of a reader's stories, and where the others begin.
#[derive(Debug)]
pub struct StoryPage {
    pub stories: Vec<Story>,
    pub next: Option<Position>,
}

impl ListStories {
    pub fn new(stories: Arc<dyn Stories>) -> Self {
        Self { stories }
    }

    #[tracing::instrument(skip_all)]
    pub async fn run(&self, owner: UserId, page: Page) -> Result<StoryPage, Unavailable> {
        let one_more = Page {
            limit: page.limit.saturating_add(1),
            ..page
        };
        let mut stories = self.stories.list(owner, &one_more).await?;
        let more = stories.len() > usize::from(page.limit);
        stories.truncate(page.limit.into());
        let last = stories.last().filter(|_| more);
        let next = last.map(|story| Position {
            created_at: story.created_at,
            id: story.id,
        });
        Ok(StoryPage { stories, next })
    }
}
