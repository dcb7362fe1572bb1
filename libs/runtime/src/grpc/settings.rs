use std::net::SocketAddr;

use serde::{Deserialize, Deserializer};
use settings::{BadSettings, Secret};
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
    parse(String::deserialize(deserializer)?)
}

/// The same, where there need not be one.
pub(crate) fn optional_endpoint<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Box<Endpoint>>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let parsed = (!text.is_empty()).then(|| parse(text).map(Box::new));
    parsed.transpose()
}

fn parse<E: serde::de::Error>(text: String) -> Result<Endpoint, E> {
    let plain = text
        .strip_prefix("http://")
        .is_some_and(|host| !host.is_empty());
    let parsed = plain.then(|| Endpoint::from_shared(text).ok()).flatten();
    parsed.ok_or_else(|| E::custom("must be an address such as http://auth-service:9090"))
}

/// The fewest characters of a service token.
const SHORTEST_TOKEN: usize = 32;

/// Refuses a service token that could be guessed. An empty one is none: it lets nobody in.
pub fn check_token(key: &'static str, token: &Secret<String>) -> Result<(), BadSettings> {
    let token = token.expose();
    let visible = token.bytes().all(|byte| byte.is_ascii_graphic());
    if token.is_empty() || visible && token.len() >= SHORTEST_TOKEN {
        return Ok(());
    }
    let rule = format!("must have at least {SHORTEST_TOKEN} visible ASCII characters");
    Err(BadSettings::unfit(key, rule))
}
