//! Hand-over to another service, durable to durable: a row in the transaction that has something
//! to say, delivered by the [`Relay`] until the other side has it.
//!
//! A message may arrive twice; its id is the key by which the receiver knows it again.
#![warn(missing_docs)]

mod ledger;
mod message;
mod metrics;
mod relay;
mod settings;

pub use ledger::{OutboxStats, stats};
pub use message::{Message, put};
pub use relay::{Deliver, Relay};
pub use settings::Settings;

#[cfg(test)]
mod tests {
    #[test]
    fn migrations_copy_our_table() {
        let ours = include_str!("../ddl.sql");
        let auth = include_str!("../../../migrations/auth/0001_outbox.sql");
        let story = include_str!("../../../migrations/story/0002_outbox.sql");
        let notification = include_str!("../../../migrations/notification/0002_outbox.sql");
        assert_eq!(auth, ours);
        assert_eq!(story, ours);
        assert_eq!(notification, ours);
    }
}
