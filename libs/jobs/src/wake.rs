use std::sync::Arc;

use tokio::sync::Notify;

/// Wakes the relay of the same process, so that it publishes at once. Call it after the commit;
/// costs no I/O, and a call that is forgotten costs a poll interval.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// Wakes the relay, or lets it go on at once if it is busy.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    /// Resolves once woken.
    pub async fn woken(&self) {
        self.0.notified().await;
    }
}
