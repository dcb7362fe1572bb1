use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Mail;

/// The oldest mails beyond this many are forgotten.
const CAPACITY: usize = 10_000;

/// The mails that came. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Store(Arc<Mutex<VecDeque<Arc<Mail>>>>);

impl Store {
    pub(super) fn keep(&self, mail: Mail) {
        let mut mails = self.mails();
        mails.push_front(Arc::new(mail));
        mails.truncate(CAPACITY);
    }

    /// Newest first.
    pub(super) fn all(&self) -> Vec<Arc<Mail>> {
        self.mails().iter().cloned().collect()
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<Mail>> {
        let mails = self.mails();
        let found = if id == "latest" {
            mails.front()
        } else {
            mails.iter().find(|it| it.id == id)
        };
        found.cloned()
    }

    pub(super) fn clear(&self) {
        self.mails().clear();
    }

    fn mails(&self) -> MutexGuard<'_, VecDeque<Arc<Mail>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
