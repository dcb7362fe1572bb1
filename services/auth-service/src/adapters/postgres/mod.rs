//! Accounts in PostgreSQL.

mod mails;
mod once;
mod registrations;
mod sessions;
mod users;

pub use registrations::PgRegistrations;
pub use sessions::PgSessions;
pub use users::PgUsers;

use crate::application::ports::Unavailable;

impl From<sqlx::Error> for Unavailable {
    fn from(cause: sqlx::Error) -> Self {
        Self(cause.into())
    }
}

/// A kept value does not obey the rules any more; not the caller's fault.
fn corrupt(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Unavailable {
    Unavailable(cause.into())
}

/// Bytes of a length that the table checks.
fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Unavailable> {
    bytes.try_into().map_err(corrupt)
}

#[cfg(test)]
mod tests;
