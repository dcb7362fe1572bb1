use std::sync::Arc;

use kernel::{Coded, ErrorKind, Ids, StoryId, UserId};
use uuid::Uuid;

use super::ports::{NewStory, Once, PreferenceBook, RequestError, Requested, Stories, Unavailable};
use crate::domain::story::{Preferences, StoryWish};
use crate::domain::storyteller::WishDefaults;
use crate::domain::wish::{Conflict, Seed, conflicts};

/// A reader asks for a story; a worker will write it.
pub struct RequestStory {
    pub stories: Arc<dyn Stories>,
    pub book: Arc<dyn PreferenceBook>,
    pub defaults: Arc<WishDefaults>,
    pub ids: Arc<dyn Ids>,
    /// How many stories a reader may ask for in a day.
    pub daily_limit: Option<u32>,
}

/// Why no story will be written.
#[derive(Debug, thiserror::Error)]
pub enum RequestStoryError {
    #[error("something is asked for and ruled out at once")]
    Conflicts(Vec<Conflict>),
    #[error(transparent)]
    Refused(#[from] RequestError),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Coded for RequestStoryError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Conflicts(_) | Self::Refused(RequestError::KeyReused) => ErrorKind::Invalid,
            Self::Refused(RequestError::StillRunning) => ErrorKind::Conflict,
            Self::Refused(RequestError::QuotaExceeded { .. }) => ErrorKind::RateLimited,
            Self::Refused(RequestError::Unavailable(cause)) | Self::Unavailable(cause) => {
                cause.kind()
            }
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Conflicts(_) => "validation-failed",
            Self::Refused(RequestError::KeyReused) => "idempotency-key-reused",
            Self::Refused(RequestError::StillRunning) => "conflict",
            Self::Refused(RequestError::QuotaExceeded { .. }) => "quota-exceeded",
            Self::Refused(RequestError::Unavailable(cause)) | Self::Unavailable(cause) => {
                cause.code()
            }
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Refused(RequestError::QuotaExceeded { retry_after }) => Some(*retry_after),
            Self::Refused(_) | Self::Conflicts(_) | Self::Unavailable(_) => None,
        }
    }
}

impl RequestStory {
    #[tracing::instrument(skip_all)]
    pub async fn run(
        &self,
        owner: UserId,
        wish: StoryWish,
        once: Option<Once>,
    ) -> Result<Requested, RequestStoryError> {
        if let Some(once) = &once
            && let Some(answered) = self.stories.replay(owner, once).await?
        {
            return Ok(Requested::Before(answered));
        }
        let story = self.new_story(owner, wish, once).await?;
        let requested = self.stories.request(story).await?;
        if let Requested::New(story) = &requested {
            tracing::info!(story.id = %story.id.0, "story requested");
        }
        Ok(requested)
    }

    async fn new_story(
        &self,
        owner: UserId,
        wish: StoryWish,
        once: Option<Once>,
    ) -> Result<NewStory, RequestStoryError> {
        let kept = self.book.find(owner).await?;
        let preferences = kept.map_or_else(Preferences::default, |kept| kept.preferences);
        let rest = wish.rest.or(preferences);
        let deliver = rest.deliver();
        let id = self.ids.next();
        let request = StoryWish { rest, ..wish }.resolve(chance(id), &self.defaults);
        let conflicts = conflicts(&request, &self.defaults.tags);
        if !conflicts.is_empty() {
            return Err(RequestStoryError::Conflicts(conflicts));
        }
        Ok(NewStory {
            id: StoryId(id),
            owner,
            request,
            deliver,
            daily_limit: self.daily_limit,
            once,
        })
    }
}

/// A seed out of the random half of a version 7 id.
pub(super) fn chance(id: Uuid) -> Seed {
    Seed::from_bits(id.as_u64_pair().1)
}
