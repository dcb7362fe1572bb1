use std::sync::Arc;

use kernel::{Clock, Coded, ErrorKind, UserId};

use super::ports::{Unavailable, Users};
use crate::domain::{ProfileChange, User};

/// A user changes the account, based on the version that was read before.
#[derive(Clone)]
pub struct ChangeProfile {
    users: Arc<dyn Users>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, thiserror::Error)]
pub enum ChangeProfileError {
    #[error("the account is not active any more")]
    NotActive,
    #[error("the account was changed meanwhile; read it again")]
    Outdated,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Coded for ChangeProfileError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotActive => ErrorKind::Unauthenticated,
            Self::Outdated => ErrorKind::Outdated,
            Self::Unavailable(cause) => cause.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotActive => "unauthenticated",
            Self::Outdated => "precondition-failed",
            Self::Unavailable(cause) => cause.code(),
        }
    }
}

impl ChangeProfile {
    pub fn new(users: Arc<dyn Users>, clock: Arc<dyn Clock>) -> Self {
        Self { users, clock }
    }

    /// `is_current` says whether the caller's change is based on that version.
    #[tracing::instrument(skip_all, fields(user.id = %user.0))]
    pub async fn run(
        &self,
        user: UserId,
        change: ProfileChange,
        is_current: impl Fn(i32) -> bool,
    ) -> Result<User, ChangeProfileError> {
        let found = self.users.find(user).await?;
        let user = found.ok_or(ChangeProfileError::NotActive)?;
        if !is_current(user.version) {
            return Err(ChangeProfileError::Outdated);
        }
        let changed = change.apply(user);
        if !self.users.save(&changed, self.clock.now()).await? {
            return Err(ChangeProfileError::Outdated);
        }
        tracing::info!("profile changed");
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::fakes::World;
    use crate::domain::{Change, DisplayName};

    #[tokio::test]
    async fn a_change_needs_the_present_version() {
        let world = World::default();
        let user = world.sign_up("mira@example.org").await;
        let change_profile = ChangeProfile::new(world.accounts.clone(), world.clock.clone());
        let name = DisplayName::parse("Otto").unwrap();
        let change = ProfileChange {
            display_name: Change::Set(Some(name)),
            ..Default::default()
        };
        let run = |based_on| change_profile.run(user, change.clone(), move |v| v == based_on);

        assert_eq!(run(1).await.unwrap().version, 2);
        assert!(matches!(run(1).await, Err(ChangeProfileError::Outdated)));
        assert_eq!(run(2).await.unwrap().version, 3);
    }
}
