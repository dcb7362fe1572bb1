//! Rules of mails and their deliveries; no I/O.

mod delivery;
mod errand;
mod letter;
mod message_id;
mod sender;

pub use delivery::{Delivery, NewDelivery, Status};
pub use errand::{Caller, Errand, FlowId, Template};
pub use letter::{Code, CodeError, Content, Letter, Signer, StoryText, Verification};
pub use message_id::{MailDomain, MailDomainError, MessageId};
pub use sender::{Sender, SenderError};
