//! Connections to Redis.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _,
    RedisError, TlsCertificates,
};
use serde::Deserialize;
use settings::{BadSettings, Secret, Within};

/// How Redis is reached.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedisSettings {
    /// `redis://host:port`, or `rediss://host:port` for TLS.
    pub url: Secret<String>,
    /// The certificates, in PEM, that are trusted with TLS; empty for those of the web.
    pub ca: String,
    /// The password; empty if the URL has it or none is needed.
    pub password: Secret<String>,
    /// How long a command may take before it counts as failed.
    pub response_timeout_ms: Within<1, 60_000>,
}

impl RedisSettings {
    /// Refuses an address that is none, without repeating it: it may hold a password. Refuses
    /// TLS with whom nobody vouches for.
    pub fn check(&self) -> Result<(), BadSettings> {
        let reason = "must be redis://host:port, or rediss://host:port for TLS, with what is \
                      special in it escaped";
        let unfit = || BadSettings::unfit("redis.url", reason);
        let info = info(self).map_err(|_| unfit())?;
        if let ConnectionAddr::TcpTls { insecure: true, .. } = info.addr() {
            return Err(unfit());
        }
        if self.ca.is_empty() {
            return Ok(());
        }
        let unfit = |reason| BadSettings::unfit("redis.ca", reason);
        if !matches!(info.addr(), ConnectionAddr::TcpTls { .. }) {
            return Err(unfit("is for TLS: redis.url must begin with rediss://"));
        }
        let reason = "must be certificates in PEM; REDIS__CA_FILE may name a file of them";
        let some = self.ca.contains("-----BEGIN CERTIFICATE-----");
        let trusted = some && client(self).is_ok();
        trusted.then_some(()).ok_or_else(|| unfit(reason))
    }
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Reconnecting waits between these, doubling.
const RECONNECT: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Redis, whether it is there at the moment or not. Cheap to clone.
#[derive(Clone)]
pub struct Redis {
    client: Client,
    shared: ConnectionManager,
}

impl Redis {
    /// Prepares the connection, which is made when it is first used. Must be called
    /// within a Tokio runtime. Fails only on a malformed URL.
    pub fn new(settings: &RedisSettings) -> Result<Self, RedisError> {
        let client = client(settings)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(settings.response_timeout_ms.millis()))
            .set_min_delay(RECONNECT.0)
            .set_max_delay(RECONNECT.1)
            .set_number_of_retries(0);
        let shared = ConnectionManager::new_lazy_with_config(client.clone(), config)?;
        Ok(Self { client, shared })
    }

    /// The connection that everybody shares. Never send blocking commands on it.
    pub fn shared(&self) -> ConnectionManager {
        self.shared.clone()
    }

    /// A connection of one's own whose commands may take up to `response_timeout`,
    /// for commands that block. It does not reconnect: drop it after an error.
    pub async fn dedicated(
        &self,
        response_timeout: Duration,
    ) -> Result<MultiplexedConnection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(response_timeout));
        self.client
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }

    /// Whether Redis answers.
    pub async fn check(&self) -> Result<(), RedisError> {
        redis::cmd("PING").query_async(&mut self.shared()).await
    }
}

fn client(settings: &RedisSettings) -> Result<Client, RedisError> {
    let info = info(settings)?;
    if settings.ca.is_empty() {
        return Client::open(info);
    }
    let trusted = TlsCertificates {
        client_tls: None,
        root_cert: Some(settings.ca.clone().into_bytes()),
    };
    Client::build_with_tls(info, trusted)
}

/// Where Redis is, and how to sign in.
fn info(settings: &RedisSettings) -> Result<ConnectionInfo, RedisError> {
    let info = settings.url.expose().as_str().into_connection_info()?;
    if settings.password.expose().is_empty() {
        return Ok(info);
    }
    let login = info.redis_settings().clone();
    let login = login.set_password(settings.password.expose());
    Ok(info.set_redis_settings(login))
}
