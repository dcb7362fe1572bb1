use std::net::SocketAddr;

use serde::Deserialize;

/// How the process is operated.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where probes, metrics and statistics are served.
    pub listen: SocketAddr,
}
