use std::sync::Arc;

use kernel::{Coded, ErrorKind, StoryId, UserId};

use super::ports::{Desk, Unavailable};
use crate::domain::story::StoryText;

/// A mail needs the story it carries.
pub struct StoryForMail {
    desk: Arc<dyn Desk>,
}

/// A story and who it is for.
#[derive(Debug)]
pub struct MailStory {
    pub owner: UserId,
    pub text: StoryText,
}

/// Why there is no story for the mail.
#[derive(Debug, thiserror::Error)]
pub enum StoryForMailError {
    #[error("there is no such story")]
    NotFound,
    #[error("the story is not written")]
    NotReady,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Coded for StoryForMailError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::NotReady => ErrorKind::PreconditionRequired,
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

impl StoryForMail {
    pub fn new(desk: Arc<dyn Desk>) -> Self {
        Self { desk }
    }

    #[tracing::instrument(skip_all, fields(story.id = %id.0))]
    pub async fn run(&self, id: StoryId) -> Result<MailStory, StoryForMailError> {
        match self.desk.for_mail(id).await? {
            Some((owner, Some(text))) => Ok(MailStory { owner, text }),
            Some((_, None)) => Err(StoryForMailError::NotReady),
            None => Err(StoryForMailError::NotFound),
        }
    }
}
