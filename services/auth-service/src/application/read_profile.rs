use std::sync::Arc;

use kernel::{Coded, ErrorKind, UserId};

use super::ports::{Unavailable, Users};
use crate::domain::User;

/// A user looks at the account.
#[derive(Clone)]
pub struct ReadProfile {
    users: Arc<dyn Users>,
}

#[derive(Debug, thiserror::Error)]
pub enum ReadProfileError {
    #[error("the account is not active any more")]
    NotActive,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Coded for ReadProfileError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotActive => ErrorKind::Unauthenticated,
            Self::Unavailable(cause) => cause.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotActive => "unauthenticated",
            Self::Unavailable(cause) => cause.code(),
        }
    }
}

impl ReadProfile {
    pub fn new(users: Arc<dyn Users>) -> Self {
        Self { users }
    }

    #[tracing::instrument(skip_all, fields(user.id = %user.0))]
    pub async fn run(&self, user: UserId) -> Result<User, ReadProfileError> {
        let found = self.users.find(user).await?;
        found.ok_or(ReadProfileError::NotActive)
    }
}
