//! Use cases, one file each, and the ports they speak through.

mod accept_mail;
mod list_deliveries;
pub mod ports;
mod send_mail;

pub use accept_mail::{AcceptMail, AcceptMailError};
pub use list_deliveries::ListDeliveries;
pub use send_mail::{SendMail, SendMailError};

#[cfg(test)]
pub mod contracts;
#[cfg(test)]
pub mod fakes;
#[cfg(test)]
mod fakes_tests;
#[cfg(test)]
mod send_mail_tests;
