use async_trait::async_trait;

/// Time that passes.
#[async_trait]
pub trait Waiting: Send + Sync {
    /// A moment, after which it is worth to look again.
    async fn moment(&self);
}
