use async_trait::async_trait;

use super::Unavailable;

/// A mail that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

/// Where all mails arrive.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// The newest mail of a kind (`verify_email`, `story`) to an address, if it is there.
    async fn find(&self, address: &str, template: &str) -> Result<Option<Mail>, Unavailable>;
}
