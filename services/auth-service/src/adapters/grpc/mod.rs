//! gRPC: what other services ask us, and what we hand to notification-service.

mod mails;
mod server;

pub use mails::MailRelay;
pub use server::{AuthServer, METHODS};
