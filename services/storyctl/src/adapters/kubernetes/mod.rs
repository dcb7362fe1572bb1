//! The Kubernetes API.

mod desk;
#[cfg(test)]
mod fake;
mod installation;
#[cfg(test)]
mod installation_tests;
mod needs;
mod pods;
mod scalers;
mod secrets;
#[cfg(test)]
mod secrets_tests;
mod tasks;
mod workloads;

pub use desk::KubernetesDesk;
pub use installation::{KubernetesInstallation, Selection};
pub use secrets::KubernetesVault;

use crate::application::ports::Unavailable;

/// The HTTP status of an answer, if there was one.
fn status(error: &kube::Error) -> Option<u16> {
    match error {
        kube::Error::Api(status) => Some(status.code),
        _ => None,
    }
}

/// What was tried, and what the API server says of it in words.
fn unavailable(what: impl Into<String>, error: kube::Error) -> Unavailable {
    let cause = match error {
        kube::Error::Api(status) => status.message.into(),
        other => other.into(),
    };
    Unavailable {
        what: what.into(),
        cause,
    }
}
