//! What every port promises: run against the fakes and against the real adapters.

pub mod deliveries;
pub mod lookups;
pub mod mailer;
