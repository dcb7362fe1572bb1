use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kernel::Fence;
use tokio_util::sync::CancellationToken;

/// A job that this worker has begun and not settled.
struct Held {
    entries: Vec<String>,
    cancel: CancellationToken,
}

/// The claims in hand. A job may be there twice, if it was lost and claimed anew.
#[derive(Default)]
pub(crate) struct Hand(Mutex<HashMap<Fence, Held>>);

impl Hand {
    pub fn take(&self, fence: Fence, entries: Vec<String>) -> CancellationToken {
        let cancel = CancellationToken::new();
        let held = Held {
            entries,
            cancel: cancel.clone(),
        };
        self.held().insert(fence, held);
        cancel
    }

    /// Answers the entries that led to the job.
    pub fn let_go(&self, fence: &Fence) -> Vec<String> {
        let held = self.held().remove(fence);
        held.map(|held| held.entries).unwrap_or_default()
    }

    pub fn has(&self, fence: &Fence) -> bool {
        self.held().contains_key(fence)
    }

    pub fn has_entry(&self, entry: &str) -> bool {
        let held = self.held();
        held.values()
            .any(|held| held.entries.iter().any(|known| known == entry))
    }

    pub fn fences(&self) -> Vec<Fence> {
        self.held().keys().copied().collect()
    }

    pub fn entries(&self) -> Vec<String> {
        let held = self.held();
        held.values()
            .flat_map(|held| held.entries.clone())
            .collect()
    }

    /// Tells the work on a claim to stop.
    pub fn cancel(&self, fence: &Fence) {
        if let Some(held) = self.held().get(fence) {
            held.cancel.cancel();
        }
    }

    pub fn cancel_all(&self) {
        for held in self.held().values() {
            held.cancel.cancel();
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Fence, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
