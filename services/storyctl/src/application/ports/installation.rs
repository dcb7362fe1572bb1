use async_trait::async_trait;

use super::Unavailable;
use crate::domain::{JobQueue, JobService, Scaler, Secrets, Task, Workload};

/// An installation in a cluster, as its API server tells of it.
#[async_trait]
pub trait Installation: Send + Sync {
    /// What is kept running.
    async fn workloads(&self) -> Result<Vec<Workload>, Unavailable>;
    /// What is done once.
    async fn tasks(&self) -> Result<Vec<Task>, Unavailable>;
    /// The secrets that pods need.
    async fn secrets(&self) -> Result<Secrets, Unavailable>;
    /// What KEDA scales; none if there is no KEDA.
    async fn scalers(&self) -> Result<Option<Vec<Scaler>>, Unavailable>;
}

/// The services, as they answer operators.
#[async_trait]
pub trait JobsDesk: Send + Sync {
    /// How the queues of a service stand.
    async fn queues(&self, service: JobService) -> Result<Vec<JobQueue>, Unavailable>;
}
