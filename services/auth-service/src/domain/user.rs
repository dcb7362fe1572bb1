use kernel::{EmailAddress, UserId};
use time::OffsetDateTime;

use super::{DisplayName, Locale, Timezone};

/// An account, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub email: EmailAddress,
    pub display_name: Option<DisplayName>,
    pub locale: Locale,
    pub timezone: Timezone,
    pub created_at: OffsetDateTime,
    /// Rises with every change.
    pub version: i32,
}

/// What becomes of a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It becomes this.
    Set(T),
}

impl<T> Change<T> {
    fn over(self, old: T) -> T {
        match self {
            Self::Keep => old,
            Self::Set(new) => new,
        }
    }
}

/// What of an account is to change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileChange {
    pub display_name: Change<Option<DisplayName>>,
    pub locale: Change<Locale>,
    pub timezone: Change<Timezone>,
}

impl ProfileChange {
    /// The account after the change, one version on.
    pub fn apply(self, user: User) -> User {
        User {
            display_name: self.display_name.over(user.display_name),
            locale: self.locale.over(user.locale),
            timezone: self.timezone.over(user.timezone),
            version: user.version.saturating_add(1),
            ..user
        }
    }
}
