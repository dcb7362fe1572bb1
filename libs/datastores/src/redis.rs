//! Connections to Redis.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Client, RedisError};
use serde::Deserialize;
use settings::{BadSettings, Secret, Within};

/// How Redis is reached.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedisSettings {
    /// `redis://host:port`.
    pub url: Secret<String>,
    /// The password; empty if the URL has it or none is needed.
    pub password: Secret<String>,
    /// How long a command may take before it counts as failed.
    pub response_timeout_ms: Within<1, 60_000>,
}

impl RedisSettings {
    /// Refuses an address that is none, without repeating it: it may hold a password.
    pub fn check(&self) -> Result<(), BadSettings> {
        let reason = "must be redis://host:port, with what is special in it escaped";
        let refused = |_| BadSettings::unfit("redis.url", reason);
        client(self).map(|_| ()).map_err(refused)
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
    let mut info = redis::IntoConnectionInfo::into_connection_info(settings.url.expose().as_str())?;
    if !settings.password.expose().is_empty() {
        let auth = info
            .redis_settings()
            .clone()
            .set_password(settings.password.expose());
        info = info.set_redis_settings(auth);
    }
    Client::open(info)
}
