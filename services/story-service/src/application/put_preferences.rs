use std::sync::Arc;

use kernel::{Coded, ErrorKind, Ids, UserId};

use super::ports::{KeptPreferences, PreferenceBook, Unavailable};
use super::request_story::chance;
use crate::domain::story::{Preferences, RowVersion, StoryWish};
use crate::domain::storyteller::WishDefaults;
use crate::domain::wish::{Conflict, conflicts};

/// A reader says what they like.
pub struct PutPreferences {
    book: Arc<dyn PreferenceBook>,
    defaults: Arc<WishDefaults>,
    ids: Arc<dyn Ids>,
}

/// What must hold for the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precondition {
    /// There is nothing yet.
    Absent,
    /// There is something.
    Present,
    /// This version is the present one.
    Version(RowVersion),
}

/// Why the preferences were not kept.
#[derive(Debug, thiserror::Error)]
pub enum PutPreferencesError {
    #[error("your preferences are of another version, or not there")]
    Outdated,
    #[error("something is asked for and ruled out at once")]
    Conflicts(Vec<Conflict>),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Coded for PutPreferencesError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Outdated => ErrorKind::Outdated,
            Self::Conflicts(_) => ErrorKind::Invalid,
            Self::Unavailable(cause) => cause.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Outdated => "precondition-failed",
            Self::Conflicts(_) => "validation-failed",
            Self::Unavailable(cause) => cause.code(),
        }
    }
}

impl PutPreferences {
    pub fn new(
        book: Arc<dyn PreferenceBook>,
        defaults: Arc<WishDefaults>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        Self {
            book,
            defaults,
            ids,
        }
    }

    #[tracing::instrument(skip_all)]
    pub async fn run(
        &self,
        owner: UserId,
        preferences: Preferences,
        precondition: Precondition,
    ) -> Result<KeptPreferences, PutPreferencesError> {
        self.check(&preferences)?;
        let kept = match precondition {
            Precondition::Absent => self.book.create(owner, &preferences).await?,
            Precondition::Present => self.book.replace(owner, None, &preferences).await?,
            Precondition::Version(version) => {
                let version = Some(version);
                self.book.replace(owner, version, &preferences).await?
            }
        };
        let kept = kept.ok_or(PutPreferencesError::Outdated)?;
        tracing::info!("preferences kept");
        Ok(kept)
    }

    /// No story could be told of these preferences if they clashed with each other.
    fn check(&self, preferences: &Preferences) -> Result<(), PutPreferencesError> {
        let wish = StoryWish {
            rest: preferences.clone(),
            ..StoryWish::default()
        };
        let request = wish.resolve(chance(self.ids.next()), &self.defaults);
        let conflicts = conflicts(&request, &self.defaults.tags);
        if conflicts.is_empty() {
            return Ok(());
        }
        Err(PutPreferencesError::Conflicts(conflicts))
    }
}
