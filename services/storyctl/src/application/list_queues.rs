use std::sync::Arc;

use super::ports::{JobsDesk, Unavailable};
use crate::domain::{JobQueue, JobService};

/// Tells how the queues of all services stand.
pub struct ListQueues {
    jobs: Arc<dyn JobsDesk>,
}

impl ListQueues {
    /// Asks there.
    pub fn new(jobs: Arc<dyn JobsDesk>) -> Self {
        Self { jobs }
    }

    /// All queues, or why one of the services did not tell.
    pub async fn run(&self) -> Result<Vec<JobQueue>, Unavailable> {
        let mut queues = Vec::new();
        for service in JobService::ALL {
            queues.extend(self.jobs.queues(service).await?);
        }
        Ok(queues)
    }
}
