use std::sync::Arc;

use kernel::{Coded, ErrorKind, UserId};

use super::ports::{KeptPreferences, PreferenceBook, Unavailable};

/// A reader looks at what they like.
pub struct GetPreferences {
    book: Arc<dyn PreferenceBook>,
}

/// Why there are no preferences.
#[derive(Debug, thiserror::Error)]
pub enum GetPreferencesError {
    #[error("you have not said what you like yet")]
    NotFound,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Coded for GetPreferencesError {
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

impl GetPreferences {
    pub fn new(book: Arc<dyn PreferenceBook>) -> Self {
        Self { book }
    }

    #[tracing::instrument(skip_all)]
    pub async fn run(&self, owner: UserId) -> Result<KeptPreferences, GetPreferencesError> {
        let found = self.book.find(owner).await?;
        found.ok_or(GetPreferencesError::NotFound)
    }
}
