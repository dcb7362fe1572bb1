//! Use cases, one file each, and the ports they speak through.

mod change_profile;
mod log_out;
mod login;
pub mod ports;
mod read_profile;
mod refresh_session;
mod register;
mod resend_code;
mod show_contact;
mod show_verification;
mod sweep;
mod token_pairs;
mod verify_registration;

pub use change_profile::{ChangeProfile, ChangeProfileError};
pub use log_out::LogOut;
pub use login::{Login, LoginError, SignIn};
pub use read_profile::{ReadProfile, ReadProfileError};
pub use refresh_session::{RefreshSession, RefreshSessionError};
pub use register::{CodeMailed, Register, RegisterError, Registered, Repeatable, Wish};
pub use resend_code::{ResendCode, ResendCodeError};
pub use show_contact::{ShowContact, ShowContactError};
pub use show_verification::{ShowVerification, ShowVerificationError, Verification};
pub use sweep::Sweep;
pub use token_pairs::{TokenPair, TokenPairs};
pub use verify_registration::{VerifyRegistration, VerifyRegistrationError};

#[cfg(test)]
mod fakes;
