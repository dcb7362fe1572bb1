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

/// What of an account is to change; `None` leaves a value as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileChange {
    /// `Some(None)` removes the name.
    pub display_name: Option<Option<DisplayName>>,
    pub locale: Option<Locale>,
    pub timezone: Option<Timezone>,
}

impl ProfileChange {
    /// The account after the change, one version on.
    pub fn apply(self, user: User) -> User {
        User {
            display_name: self.display_name.unwrap_or(user.display_name),
            locale: self.locale.unwrap_or(user.locale),
            timezone: self.timezone.unwrap_or(user.timezone),
            version: user.version.saturating_add(1),
            ..user
        }
    }
}
