//! Everything an operator may set. Defaults and docs: `settings.toml`.

use std::sync::Arc;

use datastores::postgres::PostgresSettings;
use datastores::redis::RedisSettings;
use serde::{Deserialize, Deserializer};
use settings::{Secret, Within};

use crate::domain::{MailDomain, Sender};

/// Everything that may be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where clients find the platform; problem types begin with it.
    pub public_url: Arc<str>,
    /// What this service presents to other services.
    pub service_token: Secret<String>,
    /// Whose calls are accepted.
    pub callers: Callers,
    /// Where the other services are.
    pub peers: Peers,
    /// Who mails are from.
    pub mail: Mail,
    /// The mail server.
    pub smtp: Smtp,
    /// The ledger.
    pub postgres: PostgresSettings,
    /// The streams.
    pub redis: RedisSettings,
    /// How mail jobs run.
    pub jobs: jobs::Settings,
    /// How story-service is told.
    pub outbox: outbox::Settings,
}

/// The tokens of the services that may call; an empty one lets nobody in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Callers {
    /// auth-service.
    pub auth: Secret<String>,
    /// story-service.
    pub story: Secret<String>,
}

/// The gRPC addresses of the other services.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peers {
    /// auth-service.
    #[serde(deserialize_with = "endpoint")]
    pub auth: tonic::transport::Endpoint,
    /// story-service.
    #[serde(deserialize_with = "endpoint")]
    pub story: tonic::transport::Endpoint,
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
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// It is not.
    None,
    /// From the STARTTLS command on, without which nothing is sent.
    Starttls,
    /// From the first byte.
    Implicit,
}

/// The mail server.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "SmtpKeys")]
pub struct Smtp {
    /// Its name; with TLS its certificate must be for it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether the talk is encrypted.
    pub tls: Tls,
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

/// [`Smtp`] as it is written; what does not fit together is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SmtpKeys {
    host: String,
    port: Within<1, 65_535>,
    tls: Tls,
    user: String,
    password: Secret<String>,
    connect_timeout_ms: Within<10, 120_000>,
    command_timeout_ms: Within<10, 300_000>,
    letter_timeout_ms: Within<10, 600_000>,
    idle_connections: Within<0, 100>,
    idle_timeout_ms: Within<10, 300_000>,
}

impl TryFrom<SmtpKeys> for Smtp {
    type Error = &'static str;

    fn try_from(keys: SmtpKeys) -> Result<Self, Self::Error> {
        if keys.host.is_empty() {
            return Err("smtp.host must name the mail server");
        }
        if keys.user.is_empty() != keys.password.expose().is_empty() {
            return Err("smtp.user and smtp.password must be set together, or neither");
        }
        if !keys.user.is_empty() && keys.tls == Tls::None {
            return Err("smtp.tls must be starttls or implicit when smtp.user is set");
        }
        Ok(Self {
            host: keys.host,
            port: u16::try_from(keys.port.get()).map_err(|_| "smtp.port is too large")?,
            tls: keys.tls,
            user: keys.user,
            password: keys.password,
            connect_timeout_ms: keys.connect_timeout_ms,
            command_timeout_ms: keys.command_timeout_ms,
            letter_timeout_ms: keys.letter_timeout_ms,
            idle_connections: keys.idle_connections,
            idle_timeout_ms: keys.idle_timeout_ms,
        })
    }
}

fn sender<'de, D: Deserializer<'de>>(from: D) -> Result<Sender, D::Error> {
    let text = String::deserialize(from)?;
    Sender::parse(&text).map_err(|why| refused(&why, &text))
}

fn domain<'de, D: Deserializer<'de>>(from: D) -> Result<Option<MailDomain>, D::Error> {
    let text = String::deserialize(from)?;
    let parsed = (!text.is_empty()).then(|| MailDomain::parse(&text));
    parsed.transpose().map_err(|why| refused(&why, &text))
}

fn endpoint<'de, D: Deserializer<'de>>(from: D) -> Result<tonic::transport::Endpoint, D::Error> {
    let text = String::deserialize(from)?;
    let parsed = text.parse::<tonic::transport::Endpoint>();
    parsed.map_err(|_| {
        refused(
            &"must be an address such as http://auth-service:9090",
            &text,
        )
    })
}

fn refused<E: serde::de::Error>(why: &dyn std::fmt::Display, text: &str) -> E {
    E::custom(format!("{why}, not {text:?}"))
}
