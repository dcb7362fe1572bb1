use std::time::Duration;

use anyhow::Context as _;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, FromRedisValue as _, Value, cmd};

use super::World;
use crate::keda::{self, Look};
use crate::player::SPEC;

const PATIENCE: Duration = Duration::from_secs(10);

/// How the stream stands.
#[derive(Debug, Clone, Copy)]
pub struct StreamState {
    /// What is to be read and acknowledged.
    pub look: Look,
    /// How many consumers there are.
    pub consumers: usize,
    /// How many entries lie in it.
    pub length: u64,
}

impl World {
    /// The names of the consumers; none if there is no group.
    pub async fn consumers(&self) -> anyhow::Result<Vec<String>> {
        let mut redis = self.to_redis().await?;
        let facts: Result<Vec<std::collections::HashMap<String, Value>>, _> = cmd("XINFO")
            .arg(("CONSUMERS", SPEC.stream(), jobs::StreamSpec::GROUP))
            .query_async(&mut redis)
            .await;
        let names = facts.unwrap_or_default().into_iter();
        let names = names.filter_map(|mut facts| facts.remove("name"));
        Ok(names
            .filter_map(|it| String::from_redis_value(it).ok())
            .collect())
    }

    /// How the stream stands.
    pub async fn stream(&self) -> anyhow::Result<StreamState> {
        let mut redis = self.to_redis().await?;
        let length = cmd("XLEN")
            .arg(SPEC.stream())
            .query_async(&mut redis)
            .await?;
        Ok(StreamState {
            look: keda::ask(&mut redis).await?,
            consumers: self.consumers().await?.len(),
            length,
        })
    }

    async fn to_redis(&self) -> anyhow::Result<MultiplexedConnection> {
        let client = redis::Client::open(self.redis.url())?;
        // A slow machine is no fault.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let connection = client.get_multiplexed_async_connection_with_config(&config);
        let connection = connection.await;
        connection.context("Redis answers")
    }
}
