use std::net::SocketAddr;

use serde::{Deserialize, Deserializer};
use tonic::transport::Endpoint;

/// How the gRPC port is served.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address to listen on.
    pub listen: SocketAddr,
}

/// Reads the address of another service, `http://auth-service:9090`.
pub fn endpoint<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Endpoint, D::Error> {
    let text = String::deserialize(deserializer)?;
    let plain = text
        .strip_prefix("http://")
        .is_some_and(|host| !host.is_empty());
    let parsed = plain
        .then(|| Endpoint::from_shared(text.clone()).ok())
        .flatten();
    parsed.ok_or_else(|| {
        let rule = "must be an address such as http://auth-service:9090";
        serde::de::Error::custom(rule)
    })
}
