//! What the use cases need from outside, in their own words.

mod access_tokens;
mod chance;
mod codes;
mod once;
mod passwords;
mod registrations;
mod sessions;
mod users;

pub use access_tokens::{AccessTokens, Grant, Unsigned};
pub use chance::Chance;
pub use codes::{Attempt, Codes, Try};
pub use once::{Answer, Once};
pub use passwords::{PasswordRefused, Passwords, Verdict};
pub use registrations::{Completed, Completion, Opened, Registrations, Renewal, Renewed};
pub use sessions::{Ending, Rotation, Sessions};
pub use users::{Credentials, Users};

use kernel::{Coded, ErrorKind};

/// A port could not do its work; the cause goes to the log, not to the caller.
#[derive(Debug, thiserror::Error)]
#[error("this cannot be done at the moment")]
pub struct Unavailable(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl Coded for Unavailable {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }

    fn code(&self) -> &'static str {
        "temporarily-unavailable"
    }
}

#[cfg(test)]
pub mod contract;
