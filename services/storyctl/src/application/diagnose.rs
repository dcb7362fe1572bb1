use std::error::Error;
use std::sync::Arc;

use super::ports::{Installation, JobsDesk, Unavailable};
use crate::domain::{Finding, JobService, findings};

/// Looks for what is wrong in an installation.
pub struct Diagnose {
    installation: Arc<dyn Installation>,
    jobs: Arc<dyn JobsDesk>,
}

impl Diagnose {
    /// Looks at both.
    pub fn new(installation: Arc<dyn Installation>, jobs: Arc<dyn JobsDesk>) -> Self {
        Self { installation, jobs }
    }

    /// Everything that was found out. What cannot be found out is wrong.
    pub async fn run(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let workloads = self.installation.workloads().await;
        let workloads = workloads.map(|it| findings::of_workloads(&it));
        found.extend(workloads.unwrap_or_else(|error| unknown(findings::WORKLOADS, &error)));
        let tasks = self.installation.tasks().await;
        let tasks = tasks.map(|it| findings::of_tasks(&it));
        found.extend(tasks.unwrap_or_else(|error| unknown(findings::MIGRATIONS, &error)));
        let secrets = self.installation.secrets().await;
        let secrets = secrets.map(|it| findings::of_secrets(&it));
        found.extend(secrets.unwrap_or_else(|error| unknown(findings::SECRETS, &error)));
        let scalers = self.installation.scalers().await;
        let scalers = scalers.map(|it| findings::of_scalers(it.as_deref()));
        found.extend(scalers.unwrap_or_else(|error| unknown(findings::KEDA, &error)));
        found.extend(self.jobs().await);
        found
    }

    async fn jobs(&self) -> Vec<Finding> {
        let mut all = Vec::new();
        let mut found = Vec::new();
        for service in JobService::ALL {
            match self.jobs.queues(service).await {
                Ok(queues) => {
                    if service == JobService::Notification {
                        found.extend(findings::of_mail(&queues));
                    }
                    all.extend(queues);
                }
                Err(error) => found.extend(unknown(findings::QUEUES, &error)),
            }
        }
        if !all.is_empty() {
            found.extend(findings::of_queues(&all));
        }
        found
    }
}

/// It could not be found out, and why.
fn unknown(area: &'static str, error: &Unavailable) -> Vec<Finding> {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    vec![Finding::wrong(area, text)]
}
