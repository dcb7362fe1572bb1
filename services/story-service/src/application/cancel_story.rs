use std::sync::Arc;

use kernel::{Coded, ErrorKind, StoryId, UserId};

use super::ports::{Cancelled, NewsBoard, Stories, Unavailable};
use crate::domain::story::{News, Story};

/// A reader wants a story no more.
pub struct CancelStory {
    stories: Arc<dyn Stories>,
    news: Arc<dyn NewsBoard>,
}

/// Why a story was not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelStoryError {
    #[error("you have no such story")]
    NotFound,
    #[error("the story is written, failed or cancelled already")]
    TooLate,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Coded for CancelStoryError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::TooLate => ErrorKind::Conflict,
            Self::Unavailable(cause) => cause.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::TooLate => "conflict",
            Self::Unavailable(cause) => cause.code(),
        }
    }
}

impl CancelStory {
    pub fn new(stories: Arc<dyn Stories>, news: Arc<dyn NewsBoard>) -> Self {
        Self { stories, news }
    }

    #[tracing::instrument(skip_all, fields(story.id = %id.0))]
    pub async fn run(&self, owner: UserId, id: StoryId) -> Result<Story, CancelStoryError> {
        match self.stories.cancel(owner, id).await? {
            None => Err(CancelStoryError::NotFound),
            Some(Cancelled::TooLate) => Err(CancelStoryError::TooLate),
            Some(Cancelled::Now(story)) => {
                tracing::info!("story cancelled");
                // Lost news are told from the row.
                let _lost = self.news.post(id, &[News::Cancelled]).await;
                Ok(*story)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::fakes::{FakeNewsBoard, FakeStories};
    use crate::domain::fixtures;
    use crate::domain::story::StoryStatus;

    #[tokio::test]
    async fn a_story_is_cancelled_once() {
        let stories = Arc::new(FakeStories::default());
        let news = Arc::new(FakeNewsBoard::default());
        let story = stories.with(fixtures::story());
        let cancel = CancelStory::new(stories, news.clone());

        let cancelled = cancel.run(story.owner, story.id).await.unwrap();
        assert_eq!(cancelled.status, StoryStatus::Cancelled);
        assert_eq!(news.of(story.id), [News::Cancelled]);

        let again = cancel.run(story.owner, story.id).await;
        assert!(matches!(again, Err(CancelStoryError::TooLate)));
        assert_eq!(news.of(story.id).len(), 1);
    }
}
