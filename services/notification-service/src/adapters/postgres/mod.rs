//! Deliveries in PostgreSQL.

mod deliveries;
#[cfg(test)]
mod deliveries_tests;
mod settled;

pub use deliveries::{PgDeliveries, Wakes};
pub use settled::{SEND_MAIL, STORY_MAIL_SETTLED};

use jobs::FinishError;

use crate::application::ports::{SaveError, Unavailable};

impl From<sqlx::Error> for Unavailable {
    fn from(cause: sqlx::Error) -> Self {
        Self {
            what: "the ledger",
            cause: cause.into(),
        }
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
