//! Mails over SMTP: rendered, addressed and handed to a mail server.

mod connections;
mod line;
mod mailer;
mod message;
mod outcome;
mod render;
mod trouble;

#[cfg(test)]
mod encryption_tests;
#[cfg(test)]
mod mailer_tests;
#[cfg(test)]
mod message_tests;
#[cfg(test)]
mod render_tests;

pub use mailer::SmtpMailer;
pub use outcome::MailServerState;
