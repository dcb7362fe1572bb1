//! A mail server that keeps what it gets: SMTP in, Mailpit's HTTP API out.

mod answers;
mod api;
mod demands;
mod desk;
mod login;
mod message;
mod page;
mod sink;
mod smtp;
mod store;
mod wire;

pub use answers::{Answer, Stage};
pub use demands::{Demands, Login, MailTls};
pub use message::Mail;
pub use sink::{MailSink, MailSinkPorts};
pub use wire::Identity;
#[cfg(feature = "tls")]
pub(crate) use wire::{Duplex, Encrypt, Encrypting};
