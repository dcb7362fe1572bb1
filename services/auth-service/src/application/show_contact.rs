use std::sync::Arc;

use kernel::{Coded, ErrorKind, UserId};

use super::ports::{Unavailable, Users};
use crate::domain::User;

/// Another service asks where a user is reached.
#[derive(Clone)]
pub struct ShowContact {
    users: Arc<dyn Users>,
}

#[derive(Debug, thiserror::Error)]
pub enum ShowContactError {
    #[error("no such user")]
    NotFound,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Coded for ShowContactError {
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

impl ShowContact {
    pub fn new(users: Arc<dyn Users>) -> Self {
        Self { users }
    }

    #[tracing::instrument(skip_all, fields(user.id = %user.0))]
    pub async fn run(&self, user: UserId) -> Result<User, ShowContactError> {
        let found = self.users.reachable(user).await?;
        found.ok_or(ShowContactError::NotFound)
    }
}
