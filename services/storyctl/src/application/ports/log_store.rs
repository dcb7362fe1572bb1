use async_trait::async_trait;

use super::Unavailable;
use crate::domain::Retention;

/// Where logs are kept: Elasticsearch.
#[async_trait]
pub trait LogStore: Send + Sync {
    /// Sees to it that log lines of ours are kept with the types that they have, for as long
    /// as is said; answers what was set up. May be done again.
    async fn set_up(&self, retention: Option<&Retention>) -> Result<Vec<String>, Unavailable>;
}
