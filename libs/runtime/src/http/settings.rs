use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use serde::{Deserialize, Deserializer};
use settings::{BadSettings, Within};

/// How a public port is served.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: TrustedProxies,
    /// The largest body that is taken.
    pub body_limit_bytes: Within<1024, 16_777_216>,
    /// How long a body may take to arrive.
    pub body_timeout_ms: Within<100, 60_000>,
    /// How long it may take until an answer begins.
    pub handler_timeout_ms: Within<100, 60_000>,
}

/// The networks that our own proxies are in: `10.0.0.0/8, 127.0.0.1`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Parses a list, separated by commas.
    pub fn parse(list: &str) -> Result<Self, NoNetwork> {
        let items = list
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty());
        items.map(network).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a proxy of ours may have this address.
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// Something in a list of networks is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be addresses or networks such as 10.0.0.0/8, separated by commas; {0:?} is none")]
pub struct NoNetwork(String);

fn network(item: &str) -> Result<IpNet, NoNetwork> {
    let parsed = item
        .parse()
        .or_else(|_| item.parse::<IpAddr>().map(IpNet::from));
    parsed.map_err(|_| NoNetwork(item.to_owned()))
}

impl<'de> Deserialize<'de> for TrustedProxies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = String::deserialize(deserializer)?;
        Self::parse(&list).map_err(serde::de::Error::custom)
    }
}

/// Refuses a `public_url` that is no `http(s)://…` or ends with a slash.
pub fn check_public_url(url: &str) -> Result<(), BadSettings> {
    let http = url.starts_with("http://") || url.starts_with("https://");
    if http && !url.ends_with('/') {
        return Ok(());
    }
    let reason = format!("must be http(s)://… without a slash at its end, not {url:?}");
    Err(BadSettings::unfit("public_url", reason))
}
