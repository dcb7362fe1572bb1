//! Stories, preferences and requests in PostgreSQL.

mod desk;
mod documents;
mod housekeeping;
mod once;
mod preferences;
mod row;
mod stories;

pub use desk::PgDesk;
pub use housekeeping::PgHousekeeping;
pub use preferences::PgPreferenceBook;
pub use stories::PgStories;

use jobs::FinishError;

use crate::application::ports::{RequestError, SaveError, Unavailable};

/// The kind of the jobs that write stories.
pub const WRITE_STORY: &str = "write_story";

impl From<sqlx::Error> for Unavailable {
    fn from(cause: sqlx::Error) -> Self {
        Self(cause.into())
    }
}

impl From<sqlx::Error> for RequestError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Unavailable(cause.into())
    }
}

impl From<sqlx::Error> for SaveError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Unavailable(cause.into())
    }
}

impl From<FinishError> for SaveError {
    fn from(error: FinishError) -> Self {
        match error {
            FinishError::Superseded => Self::Superseded,
            FinishError::Database(cause) => cause.into(),
        }
    }
}

#[cfg(test)]
mod tests;
