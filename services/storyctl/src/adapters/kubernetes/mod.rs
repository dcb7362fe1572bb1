//! The Kubernetes API.

#[cfg(test)]
mod fake;
mod secrets;
#[cfg(test)]
mod secrets_tests;

pub use secrets::KubernetesVault;
