//! What operators' tasks are about.

mod plan;
mod retention;
mod smoke;

pub use plan::{KeyKind, KeyName, Plan, PlanError, PlannedSecret, SecretName};
pub use retention::Retention;
pub use smoke::{Account, Progress, code_in};
