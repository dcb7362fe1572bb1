//! What operators ask for.

mod diagnose;
mod list_queues;
mod make_secrets;
pub mod ports;
mod set_up_logs;
mod smoke;
#[cfg(test)]
mod smoke_tests;

pub use diagnose::Diagnose;
pub use list_queues::ListQueues;
#[cfg(test)]
pub use make_secrets::{Made, MakeSecretsError};
pub use make_secrets::{MakeSecrets, Outcome};
pub use set_up_logs::SetUpLogs;
pub use smoke::Smoke;
