//! Everything an operator may set. Defaults and docs: `settings.toml`.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use datastores::postgres::PostgresSettings;
use datastores::redis::RedisSettings;
use datastores::{BootstrapSettings, MigrateSettings};
use runtime::ServiceSettings;
use runtime::grpc::check_token;
use runtime::http::check_public_url;
use runtime::rate_limit::RateLimitSettings;
use serde::Deserialize;
use settings::{BadSettings, Secret, Within};
use tokens::Signer;
use tonic::transport::Endpoint;

use crate::domain::{CodeKeys, CodeRules, FingerprintKey, RefreshKey, RefreshKeys, SessionRules};

/// What the environment variables begin with.
pub const PREFIX: &str = "AUTH";
/// The defaults, documented.
pub const DEFAULTS: &str = include_str!("../settings.toml");

/// Everything that may be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub public_url: Arc<str>,
    pub drain_ms: Within<0, 300_000>,
    pub service_token: Secret<String>,
    pub service: ServiceSettings,
    pub http: runtime::http::Settings,
    pub grpc: runtime::grpc::Settings,
    pub callers: Callers,
    pub peers: Peers,
    pub postgres: PostgresSettings,
    pub migrate: MigrateSettings,
    pub bootstrap: BootstrapSettings,
    pub redis: RedisSettings,
    pub jwt: Jwt,
    pub refresh: Refresh,
    pub otp: Otp,
    pub passwords: Passwords,
    pub outbox: outbox::Settings,
    pub ratelimit: RateLimitSettings,
    pub ops: runtime::operations::Settings,
    pub telemetry: telemetry::Settings,
}

/// What other services present when they call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Callers {
    pub notification: Secret<String>,
    pub story: Secret<String>,
}

/// Where other services are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peers {
    #[serde(deserialize_with = "runtime::grpc::endpoint")]
    pub notification: Endpoint,
}

/// Access tokens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwt {
    key: Secret<String>,
    other_key: Secret<String>,
    pub life_s: Within<60, 900>,
}

/// Refresh tokens and the sessions that they belong to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    key: Secret<String>,
    other_key: Secret<String>,
    idle_s: Within<60, 31_536_000>,
    absolute_s: Within<60, 31_536_000>,
    grace_s: Within<0, 60>,
    max_sessions: Within<1, 1000>,
}

impl Refresh {
    /// How long sessions live, and how many there may be.
    pub fn rules(&self) -> SessionRules {
        SessionRules {
            idle: self.idle_s.seconds(),
            absolute: self.absolute_s.seconds(),
            grace: self.grace_s.seconds(),
            most: self.max_sessions.small(),
        }
    }
}

/// Codes that prove an address.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Otp {
    key: Secret<String>,
    life_s: Within<60, 600>,
    tries: Within<1, 10>,
    resend_after_s: Within<0, 600>,
    resends_a_day: Within<1, 1000>,
}

/// What hashing a password costs, and how many are hashed at a time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passwords {
    pub memory_kib: Within<19_456, 262_144>,
    pub passes: Within<1, 16>,
    at_once: Within<0, 256>,
    pub queue: Within<0, 10_000>,
    pub wait_ms: Within<1, 10_000>,
}

impl Passwords {
    /// The memory from which on one pass is enough.
    const ENOUGH_FOR_ONE_PASS: u64 = 47_104;

    /// How many are hashed at once.
    pub fn at_once(&self) -> usize {
        let cpus = || std::thread::available_parallelism().map_or(1, usize::from);
        match self.at_once.size() {
            0 => cpus(),
            chosen => chosen,
        }
    }

    fn check(&self) -> Result<(), BadSettings> {
        if self.passes.get() > 1 || self.memory_kib.get() >= Self::ENOUGH_FOR_ONE_PASS {
            return Ok(());
        }
        let reason = "must be between 2 and 16 where passwords.memory_kib is below 47104, not 1";
        Err(BadSettings::unfit("passwords.passes", reason))
    }
}

/// What the secrets stand for.
pub struct Keys {
    pub signer: Signer,
    /// Whose tokens are believed besides.
    pub other_signer: Option<Signer>,
    pub refresh: RefreshKeys,
    pub codes: CodeKeys,
    pub fingerprints: FingerprintKey,
}

impl Settings {
    /// The settings of this process: defaults, the file, the environment. A process that
    /// serves needs the keys as well.
    pub fn load(serves: bool) -> Result<Self, BadSettings> {
        let settings: Self = settings::load(PREFIX, DEFAULTS)?;
        settings.check()?;
        if serves {
            settings.keys()?;
        }
        Ok(settings)
    }

    /// Refuses what does not fit together.
    fn check(&self) -> Result<(), BadSettings> {
        check_public_url(&self.public_url)?;
        self.postgres.check()?;
        self.redis.check()?;
        check_token("service_token", &self.service_token)?;
        check_token("callers.notification", &self.callers.notification)?;
        check_token("callers.story", &self.callers.story)?;
        self.passwords.check()?;
        self.ratelimit.check(&self.service.environment)
    }

    /// What holds for codes. Without rate limits, mails have no daily budget either; tries
    /// always have.
    pub fn code_rules(&self) -> CodeRules {
        let otp = &self.otp;
        let budget = Some(otp.resends_a_day.small()).filter(|_| self.ratelimit.enabled);
        CodeRules {
            life: otp.life_s.seconds(),
            tries: otp.tries.small(),
            resend_after: otp.resend_after_s.seconds(),
            resends_a_day: budget.unwrap_or(u32::MAX),
        }
    }

    /// Reads the keys.
    pub fn keys(&self) -> Result<Keys, BadSettings> {
        let signer = signer("jwt.key", &self.jwt.key)?;
        let other = given(&self.jwt.other_key).map(|it| self::signer("jwt.other_key", it));
        let other_signer = other.transpose()?;
        let refresh = RefreshKeys {
            current: RefreshKey::new(&bytes("refresh.key", &self.refresh.key)?),
            other: match given(&self.refresh.other_key) {
                Some(key) => Some(RefreshKey::new(&bytes("refresh.other_key", key)?)),
                None => None,
            },
        };
        let codes = bytes("otp.key", &self.otp.key)?;
        let unfit = |error| BadSettings::unfit("otp.key", error);
        Ok(Keys {
            signer,
            other_signer,
            refresh,
            codes: CodeKeys::derive(&codes).map_err(unfit)?,
            fingerprints: FingerprintKey::derive(&codes).map_err(unfit)?,
        })
    }
}

/// A key that need not be there.
fn given(key: &Secret<String>) -> Option<&Secret<String>> {
    Some(key).filter(|it| !it.expose().trim().is_empty())
}

fn signer(key: &'static str, pem: &Secret<String>) -> Result<Signer, BadSettings> {
    Signer::from_pem(pem.expose()).map_err(|_| {
        let reason = "must be an Ed25519 private key, PKCS#8 in PEM";
        BadSettings::unfit(key, reason)
    })
}

/// The bytes of a key, at least 32 of them.
fn bytes(key: &'static str, text: &Secret<String>) -> Result<Vec<u8>, BadSettings> {
    let text = text.expose().trim();
    let bytes = BASE64_STANDARD
        .decode(text)
        .or_else(|_| BASE64_URL_SAFE_NO_PAD.decode(text));
    bytes
        .ok()
        .filter(|bytes| bytes.len() >= 32)
        .ok_or_else(|| BadSettings::unfit(key, "must be 32 bytes or more, base64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_rules(limited: bool) -> CodeRules {
        let variable = ("AUTH__RATELIMIT__ENABLED".to_owned(), limited.to_string());
        let settings: Settings = settings::load_from(PREFIX, DEFAULTS, [variable]).unwrap();
        settings.code_rules()
    }

    #[test]
    fn without_rate_limits_mails_have_no_budget_but_tries_have() {
        assert_eq!(code_rules(true).resends_a_day, 5);
        assert_eq!(code_rules(false).resends_a_day, u32::MAX);
        assert_eq!(code_rules(false).tries, 5);
    }
}
