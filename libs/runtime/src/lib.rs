//! What every process of the system does alike: start, serve, tell how it is, and stop
//! without loss.
#![warn(missing_docs)]

#[cfg(target_env = "musl")]
mod allocator;
pub mod grpc;
pub mod http;
mod listeners;
mod once;
pub mod operations;
mod play;
mod process;
pub mod rate_limit;
mod tasks;

pub use listeners::Running;
pub use once::once;
pub use operations::{Need, PoolStats, ask_health};
pub use play::{Service, ServiceSettings, play};
pub use process::Process;
pub use rate_limit::RateLimit;
pub use tasks::Tasks;
