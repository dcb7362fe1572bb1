//! Calls between services: presenting oneself, checking who calls, and one trace.

mod client;
mod guard;
mod serve;
mod settings;

pub use client::{Credentials, ServiceChannel, check, connect};
pub use guard::{Caller, ServiceGuard};
pub use settings::{Settings, check_token, endpoint};

/// The largest message that a server takes, in bytes: 1 MiB.
pub const MAX_MESSAGE: usize = 1 << 20;

pub(crate) use client::channel;
pub(crate) use serve::{GrpcListener, GrpcMetrics, SocketFile, serve, wrap};
pub(crate) use settings::optional_endpoint;
