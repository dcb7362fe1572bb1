//! What operators' tasks are about.

pub mod findings;
#[cfg(test)]
mod findings_tests;
mod installation;
mod plan;
mod retention;
mod smoke;

pub use findings::Finding;
pub use installation::{
    JobQueue, JobService, JobTrouble, MissingKey, Purpose, Scaler, Secrets, Task, TaskState,
    Workload,
};
pub use plan::{KeyKind, KeyName, Plan, PlanError, PlannedSecret, SecretName};
pub use retention::Retention;
pub use smoke::{Account, Progress, code_in};
