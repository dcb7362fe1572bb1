//! Everything an operator may set. Defaults and docs: `settings.toml`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use datastores::redis::RedisSettings;
use runtime::http::check_public_url;
use runtime::rate_limit::headers::Dialect;
use runtime::{ServiceSettings, operations};
use serde::Deserialize;
use serde::de::Error as _;
use settings::{BadSettings, Within};

use crate::adapters::files;
use crate::domain::Rules as Limits;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub public_url: Arc<str>,
    pub drain_ms: Within<0, 300_000>,
    pub service: ServiceSettings,
    pub grpc: Grpc,
    pub rules: Rules,
    pub ops: operations::Settings,
    pub redis: RedisSettings,
    pub telemetry: telemetry::Settings,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grpc {
    #[serde(deserialize_with = "empty_is_none")]
    pub listen: Option<SocketAddr>,
    #[serde(deserialize_with = "empty_is_none")]
    pub socket: Option<PathBuf>,
    pub headers: Dialect,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    #[serde(deserialize_with = "empty_is_none")]
    pub file: Option<PathBuf>,
    pub factor: Within<1, 10_000>,
    pub ipv6_48: Within<0, 10_000>,
    pub enforce: bool,
}

const PREFIX: &str = "RATELIMIT";
const DEFAULTS: &str = include_str!("../settings.toml");

impl Settings {
    /// From the environment of this process.
    pub fn load() -> Result<Self, BadSettings> {
        Self::load_from(settings::environment())
    }

    /// From these variables.
    pub fn load_from(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, BadSettings> {
        let settings: Self = settings::load_from(PREFIX, DEFAULTS, variables)?;
        check_public_url(&settings.public_url)?;
        settings.redis.check()?;
        let grpc = &settings.grpc;
        if grpc.socket.is_none() && grpc.listen.is_none() {
            let reason = "grpc.socket and grpc.listen must not both be empty";
            return Err(BadSettings::unfit("grpc.socket", reason));
        }
        if !settings.rules.enforce && settings.service.environment.is_production() {
            let reason = "must be true where service.environment is production";
            return Err(BadSettings::unfit("rules.enforce", reason));
        }
        settings.limits()?;
        Ok(settings)
    }

    /// The limits: those of the rules file, or the built-in ones.
    pub fn limits(&self) -> Result<Limits, BadSettings> {
        let rules = match &self.rules.file {
            Some(file) => files::load(file),
            None => files::parse(files::BUILT_IN),
        };
        let rules = rules.map_err(|error| BadSettings::unfit("rules.file", error))?;
        Ok(self.rules.applied(rules))
    }
}

impl Rules {
    /// The rules of a file as these settings want them.
    pub fn applied(&self, rules: Limits) -> Limits {
        let rules = rules.scaled(self.factor.small());
        rules.with_wide_networks(self.ipv6_48.small())
    }
}

fn empty_is_none<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
    D: serde::Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    let value = text.parse();
    value.map(Some).map_err(D::Error::custom)
}
