//! Everything an operator may set. Defaults and docs: `settings.toml`.

use std::num::NonZeroU16;
use std::sync::Arc;

use datastores::postgres::PostgresSettings;
use datastores::redis::RedisSettings;
use datastores::{BootstrapSettings, MigrateSettings};
use runtime::grpc::check_token;
use runtime::http::check_public_url;
use runtime::rate_limit::RateLimitSettings;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use settings::{BadSettings, Secret, Within};
use tonic::transport::Endpoint;

use crate::domain::{MailDomain, Sender};

/// Everything that may be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where clients reach the system.
    pub public_url: Arc<str>,
    /// How long the process goes on serving after it was told to stop.
    pub drain_ms: Within<0, 300_000>,
    /// What this service presents when it calls others.
    pub service_token: Secret<String>,
    /// What others present when they call.
    pub callers: Callers,
    /// Where the other services are.
    pub peers: Peers,
    /// Who mails are from.
    pub mail: Mail,
    /// The mail server.
    pub smtp: Smtp,
    /// Which installation this is.
    pub service: runtime::ServiceSettings,
    /// The public port.
    pub http: runtime::http::Settings,
    /// The port for other services.
    pub grpc: runtime::grpc::Settings,
    /// The private port.
    pub ops: runtime::operations::Settings,
    /// The ledger.
    pub postgres: PostgresSettings,
    /// How the role `migrate` behaves.
    pub migrate: MigrateSettings,
    /// What `migrate --bootstrap` needs.
    pub bootstrap: BootstrapSettings,
    /// The streams.
    pub redis: RedisSettings,
    /// How mail jobs run.
    pub jobs: jobs::Settings,
    /// How story-service is told.
    pub outbox: outbox::Settings,
    /// How the sidecar is asked.
    pub ratelimit: RateLimitSettings,
    /// Logs and traces.
    pub telemetry: telemetry::Settings,
}

impl Settings {
    /// The settings of this process.
    pub fn load() -> Result<Self, BadSettings> {
        let defaults = include_str!("../settings.toml");
        let settings: Self = settings::load("NOTIFICATION", defaults)?;
        settings.check()?;
        Ok(settings)
    }

    /// Refuses what does not fit together.
    fn check(&self) -> Result<(), BadSettings> {
        check_public_url(&self.public_url)?;
        self.postgres.check()?;
        self.redis.check()?;
        check_token("service_token", &self.service_token)?;
        check_token("callers.auth", &self.callers.auth)?;
        check_token("callers.story", &self.callers.story)?;
        check_token("callers.operator", &self.callers.operator)?;
        self.smtp.check()?;
        self.ratelimit.check(&self.service.environment)
    }
}

/// The tokens of the services that may call; an empty one lets nobody in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Callers {
    /// auth-service.
    pub auth: Secret<String>,
    /// story-service.
    pub story: Secret<String>,
    /// storyctl.
    pub operator: Secret<String>,
}

/// Where the other services answer gRPC.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peers {
    /// auth-service.
    #[serde(deserialize_with = "runtime::grpc::endpoint")]
    pub auth: Endpoint,
    /// story-service.
    #[serde(deserialize_with = "runtime::grpc::endpoint")]
    pub story: Endpoint,
    /// How long an answer may take.
    pub timeout_ms: Within<10, 60_000>,
}

/// Who mails are from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Name and address.
    #[serde(deserialize_with = "sender")]
    pub from: Sender,
    /// What message ids end with; if nothing is set, what the address ends with.
    #[serde(deserialize_with = "domain")]
    domain: Option<MailDomain>,
}

impl Mail {
    /// What message ids end with.
    pub fn domain(&self) -> MailDomain {
        let of_sender = || MailDomain::of(self.from.address());
        self.domain.clone().unwrap_or_else(of_sender)
    }
}

/// Whether the talk with the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Tls {
    /// It is not.
    None,
    /// From the STARTTLS command on, without which nothing is sent.
    Starttls,
    /// From the first byte.
    Implicit,
}

impl TryFrom<String> for Tls {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "none" => Ok(Self::None),
            "starttls" => Ok(Self::Starttls),
            "implicit" => Ok(Self::Implicit),
            _ => Err(format!("must be none, starttls or implicit, not {text:?}")),
        }
    }
}

/// The mail server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// Its name; with TLS its certificate must be for it.
    pub host: String,
    /// Its port.
    pub port: NonZeroU16,
    /// Whether the talk is encrypted.
    pub tls: Tls,
    /// Certificates, in PEM, that are trusted besides those of the system; may be empty.
    pub ca: String,
    /// Who we are to it; empty if it wants no sign-in.
    pub user: String,
    /// What proves that.
    pub password: Secret<String>,
    /// How long connecting may take.
    pub connect_timeout_ms: Within<10, 120_000>,
    /// How long the answer to a command may take.
    pub command_timeout_ms: Within<10, 300_000>,
    /// How long the answer to a letter may take.
    pub letter_timeout_ms: Within<10, 600_000>,
    /// How many connections that nobody uses are kept.
    pub idle_connections: Within<0, 100>,
    /// How long such a connection is kept.
    pub idle_timeout_ms: Within<10, 300_000>,
}

impl Smtp {
    /// Refuses what does not fit together.
    fn check(&self) -> Result<(), BadSettings> {
        let in_names = |c: char| c.is_alphanumeric() || ".-_:".contains(c);
        if self.host.is_empty() || !self.host.chars().all(in_names) {
            let reason = format!("must name the mail server, not {:?}", self.host);
            return Err(BadSettings::unfit("smtp.host", reason));
        }
        if !self.ca.is_empty() && !self.ca.contains("-----BEGIN CERTIFICATE-----") {
            let reason =
                "must be certificates in PEM; NOTIFICATION__SMTP__CA_FILE may name a file of them";
            return Err(BadSettings::unfit("smtp.ca", reason));
        }
        if self.user.is_empty() != self.password.expose().is_empty() {
            let reason = "must be set together with smtp.user, or neither of them";
            return Err(BadSettings::unfit("smtp.password", reason));
        }
        if !self.user.is_empty() && self.tls == Tls::None {
            let reason = "must be starttls or implicit where smtp.user is set, not none";
            return Err(BadSettings::unfit("smtp.tls", reason));
        }
        Ok(())
    }
}

fn sender<'de, D: Deserializer<'de>>(from: D) -> Result<Sender, D::Error> {
    let text = String::deserialize(from)?;
    Sender::parse(&text).map_err(D::Error::custom)
}

fn domain<'de, D: Deserializer<'de>>(from: D) -> Result<Option<MailDomain>, D::Error> {
    let text = String::deserialize(from)?;
    let parsed = (!text.is_empty()).then(|| MailDomain::parse(&text));
    parsed.transpose().map_err(D::Error::custom)
}
