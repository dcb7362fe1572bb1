use std::sync::Arc;

use kernel::{Coded, ErrorKind, StoryId, UserId};

use super::ports::{Stories, Unavailable};
use crate::domain::story::Story;

/// A reader looks at one of their stories.
pub struct GetStory {
    stories: Arc<dyn Stories>,
}

/// Why a story was not found.
#[derive(Debug, thiserror::Error)]
pub enum GetStoryError {
    #[error("you have no such story")]
    NotFound,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Coded for GetStoryError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Unavailable(cause) => cause.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Unavailable(cause) => cause.code(),
        }
    }
}

impl GetStory {
    pub fn new(stories: Arc<dyn Stories>) -> Self {
        Self { stories }
    }

    #[tracing::instrument(skip_all, fields(story.id = %id.0))]
    pub async fn run(&self, owner: UserId, id: StoryId) -> Result<Story, GetStoryError> {
        let found = self.stories.find(owner, id).await?;
        found.ok_or(GetStoryError::NotFound)
    }
}
