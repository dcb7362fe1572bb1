use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::{Job, OnDead};

/// The kinds of jobs that a process knows, each with what it needs to know of it.
pub(crate) struct Kinds<T>(HashMap<&'static str, T>);

impl<T> Default for Kinds<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Kinds<T> {
    pub fn add(&mut self, kind: &'static str, known: T) {
        self.0.insert(kind, known);
    }

    pub fn names(&self) -> Vec<String> {
        self.0.keys().map(ToString::to_string).collect()
    }

    pub fn get(&self, kind: &str) -> Option<&T> {
        self.0.get(kind)
    }

    /// The job, if its kind is known.
    pub fn job(&self, kind: &str, key: Uuid, tenant: Uuid) -> Option<(Job, &T)> {
        let (kind, known) = self.0.get_key_value(kind)?;
        Some((Job { kind, key, tenant }, known))
    }
}

/// Whom to tell of a death, by kind.
pub(crate) type Mourners = Kinds<Arc<dyn OnDead>>;
