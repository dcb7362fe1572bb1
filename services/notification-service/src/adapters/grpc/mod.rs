//! The other services: their calls, and what we ask and tell them.

mod accounts;
mod answers;
#[cfg(test)]
mod lookups_tests;
#[cfg(test)]
#[path = "../../../tests/it/peers.rs"]
mod peers;
mod server;
mod settled;
mod stories;

pub use accounts::GrpcAccounts;
pub use server::NotificationServer;
pub use settled::TellStories;
pub use stories::GrpcStories;

/// What auth-service is called where callers are told apart.
pub const AUTH_SERVICE: &str = "auth-service";
/// What story-service is called where callers are told apart.
pub const STORY_SERVICE: &str = "story-service";
