//! What the streams tell a worker to do.

mod send_mail;

pub use send_mail::SendMailHandler;
