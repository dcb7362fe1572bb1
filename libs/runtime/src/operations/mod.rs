//! The operations listener: whether the process lives, is ready, and how it is.

mod conditions;
mod dependencies;
mod health;
mod metrics;
mod proc;
mod server;
mod settings;

pub use dependencies::Need;
pub use health::{PoolStats, ask_health};
pub use settings::Settings;

pub(crate) use dependencies::check;
pub(crate) use health::{Health, Phase};
pub(crate) use metrics::ProcessCollector;
pub(crate) use server::{public, router};
