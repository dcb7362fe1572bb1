use kernel::UserId;

use super::RegistrationId;

/// A mail that somebody is to get. Holds no address and no code: who sends it asks for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mail {
    /// The code that proves an address.
    VerifyEmail(RegistrationId),
    /// Somebody registered an address that has an account: this one.
    AccountExists(UserId),
    /// A session was ended because its refresh token was used twice.
    SecurityNotice(UserId),
}
