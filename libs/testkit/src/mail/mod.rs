//! A mail server that keeps what it gets: SMTP in, Mailpit's HTTP API out.

mod answers;
mod api;
mod message;
mod page;
mod sink;
mod smtp;
mod store;

pub use answers::{Answer, Stage};
pub use message::Mail;
pub use sink::{MailSink, MailSinkPorts};
