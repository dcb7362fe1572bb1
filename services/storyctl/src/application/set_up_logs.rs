use std::sync::Arc;

use super::ports::{LogStore, Screen, Unavailable};
use crate::domain::Retention;

/// Prepares the log store for what the services write.
pub struct SetUpLogs {
    store: Arc<dyn LogStore>,
    screen: Arc<dyn Screen>,
}

impl SetUpLogs {
    /// Prepares `store`.
    pub fn new(store: Arc<dyn LogStore>, screen: Arc<dyn Screen>) -> Self {
        Self { store, screen }
    }

    /// May be run again: what is there becomes what this version needs.
    pub async fn run(&self, retention: Option<&Retention>) -> Result<(), Unavailable> {
        for template in self.store.set_up(retention).await? {
            self.screen.done("index template put", &template);
        }
        Ok(())
    }
}
