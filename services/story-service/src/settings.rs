//! Everything an operator may set. Defaults and docs: `settings.toml`.

use std::collections::HashMap;
use std::sync::Arc;

use datastores::postgres::PostgresSettings;
use datastores::redis::RedisSettings;
use datastores::{BootstrapSettings, MigrateSettings};
use runtime::ServiceSettings;
use runtime::grpc::check_token;
use runtime::http::check_public_url;
use runtime::rate_limit::RateLimitSettings;
use serde::Deserialize;
use settings::{BadSettings, Secret, Within};
use tonic::transport::Endpoint;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub public_url: Arc<str>,
    pub drain_ms: Within<0, 300_000>,
    pub service_token: Secret<String>,
    pub service: ServiceSettings,
    pub callers: Callers,
    pub peers: Peers,
    pub telemetry: telemetry::Settings,
    pub ops: runtime::operations::Settings,
    pub http: runtime::http::Settings,
    pub grpc: runtime::grpc::Settings,
    pub ratelimit: RateLimitSettings,
    pub postgres: PostgresSettings,
    pub migrate: MigrateSettings,
    pub bootstrap: BootstrapSettings,
    pub redis: RedisSettings,
    pub quota: QuotaSettings,
    pub writer: WriterSettings,
    pub jobs: jobs::Settings,
    pub outbox: outbox::Settings,
}

/// What those present who may call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Callers {
    pub notification: Secret<String>,
    pub operator: Secret<String>,
}

/// The services that are called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peers {
    #[serde(deserialize_with = "runtime::grpc::endpoint")]
    pub auth: Endpoint,
    #[serde(deserialize_with = "runtime::grpc::endpoint")]
    pub notification: Endpoint,
}

/// How much a reader may ask for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaSettings {
    pub stories_per_day: Within<0, 100_000>,
}

/// How the built-in storyteller works.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriterSettings {
    pub scene_pause_ms: Within<0, 60_000>,
}

const PREFIX: &str = "STORY";
const DEFAULTS: &str = include_str!("../settings.toml");

impl Settings {
    /// Reads the defaults, the settings file if one is named, and the environment.
    pub fn load() -> Result<Self, BadSettings> {
        settings::load::<Self>(PREFIX, DEFAULTS)?.checked()
    }

    /// The same with these variables, as a test has them.
    pub fn load_from(variables: HashMap<String, String>) -> Result<Self, BadSettings> {
        settings::load_from::<Self>(PREFIX, DEFAULTS, variables)?.checked()
    }

    fn checked(self) -> Result<Self, BadSettings> {
        check_public_url(&self.public_url)?;
        self.postgres.check()?;
        self.redis.check()?;
        check_token("service_token", &self.service_token)?;
        check_token("callers.notification", &self.callers.notification)?;
        check_token("callers.operator", &self.callers.operator)?;
        self.ratelimit.check(&self.service.environment)?;
        Ok(self)
    }

    /// How many stories a reader may ask for in a day.
    pub fn daily_limit(&self) -> Option<u32> {
        let limit = self.quota.stories_per_day.small();
        (limit > 0 && self.ratelimit.enabled).then_some(limit)
    }
}
