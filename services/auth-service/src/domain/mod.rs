//! The rules of accounts: addresses to be proved, codes, passwords, sessions and their
//! tokens. No I/O.

mod code;
mod fingerprint;
mod mac;
mod mail;
mod password;
mod profile;
mod refresh_token;
mod registration;
mod session;
mod user;

pub use code::{Challenge, Code, CodeError, CodeHash, CodeKeys};
pub use fingerprint::{Fingerprint, FingerprintKey};
pub use mail::Mail;
pub use password::{KnownWords, Password, PasswordError, PasswordHash};
pub use profile::{DisplayName, Locale, ProfileError, Timezone};
pub use refresh_token::{KeyId, RefreshKey, RefreshKeys, RefreshToken, Seed, TokenHash};
pub use registration::{CodeRules, NewRegistration, Nonce, Registration, RegistrationId};
pub use session::{Device, Judgement, NewSession, Session, SessionRules};
pub use user::{Change, ProfileChange, User};
