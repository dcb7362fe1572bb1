use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Demands;
use super::answers::Script;
use super::store::Store;

/// How many commands are remembered.
const REMEMBERED: usize = 1000;

/// What all conversations of one server share. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    pub(super) store: Store,
    pub(super) demands: Demands,
    script: Arc<Mutex<Script>>,
    in_clear: Arc<Mutex<VecDeque<String>>>,
}

impl Desk {
    pub(super) fn new(demands: Demands) -> Self {
        Self {
            store: Store::default(),
            demands,
            script: Arc::default(),
            in_clear: Arc::default(),
        }
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a command that was not encrypted.
    pub(super) fn heard_in_clear(&self, command: &str) {
        let mut commands = self.in_clear();
        if commands.len() == REMEMBERED {
            commands.pop_front();
        }
        commands.push_back(command.to_owned());
    }

    /// Oldest first.
    pub(super) fn all_heard_in_clear(&self) -> Vec<String> {
        self.in_clear().iter().cloned().collect()
    }

    fn in_clear(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.in_clear.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
