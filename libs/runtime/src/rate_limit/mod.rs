//! Limits how often a client may ask: the layer in front of every public route.
//!
//! The sidecar decides, over Envoy's rate limit service v3 on a Unix socket. While it is
//! away, a bucket in this process does; nobody ever waits for it.

mod client;
pub mod headers;
mod layer;
mod lesson;
mod local;

use std::path::PathBuf;

use serde::Deserialize;
use settings::{BadSettings, Within};
use telemetry::Environment;
use tonic::transport::Endpoint;

pub use layer::RateLimit;
pub(crate) use layer::limit;

/// How the sidecar is asked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimitSettings {
    /// The Unix socket of the sidecar.
    pub socket: PathBuf,
    /// Where a limiter that is shared answers gRPC; none: the sidecar is asked.
    #[serde(default, deserialize_with = "crate::grpc::optional_endpoint")]
    pub address: Option<Box<Endpoint>>,
    /// Whether it is asked at all. Must be true in production.
    pub enabled: bool,
    /// How long a request waits for its answer before this process decides.
    pub timeout_ms: Within<1, 1000>,
}

impl RateLimitSettings {
    /// Refuses to switch limits off in production.
    pub fn check(&self, environment: &Environment) -> Result<(), BadSettings> {
        if self.enabled || !environment.is_production() {
            return Ok(());
        }
        let reason = "must be true where service.environment is production";
        Err(BadSettings::unfit("ratelimit.enabled", reason))
    }
}
