//! What operators ask for.

mod make_secrets;
pub mod ports;
mod set_up_logs;
mod smoke;
#[cfg(test)]
mod smoke_tests;

#[cfg(test)]
pub use make_secrets::{Made, MakeSecretsError};
pub use make_secrets::{MakeSecrets, Outcome};
pub use set_up_logs::SetUpLogs;
pub use smoke::Smoke;
