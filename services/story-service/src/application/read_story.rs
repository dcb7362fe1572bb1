use std::sync::Arc;

use kernel::{Coded, ErrorKind, StoryId, UserId};

use super::ports::{Readable, Stories, Unavailable};
use crate::domain::story::StoryText;

/// A reader reads a story.
pub struct ReadStory {
    stories: Arc<dyn Stories>,
}

/// Why there is nothing to read.
#[derive(Debug, thiserror::Error)]
pub enum ReadStoryError {
    #[error("you have no such story")]
    NotFound,
    #[error("the story is not written yet")]
    NotReady,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Coded for ReadStoryError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::NotReady => ErrorKind::Conflict,
            Self::Unavailable(cause) => cause.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::NotReady => "story-not-ready",
            Self::Unavailable(cause) => cause.code(),
        }
    }
}

impl ReadStory {
    pub fn new(stories: Arc<dyn Stories>) -> Self {
        Self { stories }
    }

    #[tracing::instrument(skip_all, fields(story.id = %id.0))]
    pub async fn run(&self, owner: UserId, id: StoryId) -> Result<StoryText, ReadStoryError> {
        match self.stories.text(owner, id).await? {
            Readable::Missing => Err(ReadStoryError::NotFound),
            Readable::NotReady => Err(ReadStoryError::NotReady),
            Readable::Ready(text) => Ok(text),
        }
    }
}
