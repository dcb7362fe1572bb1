use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use datastores::redis::Redis;
use kernel::Clock;
use redis::RedisError;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::application::ports::Peers;

/// How many sidecars there are, from the heartbeats of each in Redis.
#[derive(Clone)]
pub struct RedisPeers(Arc<AtomicU32>);

const KEY: &str = "storyloom:rl:sidecars";
const HEARTBEAT: Duration = Duration::from_secs(5);
/// A sidecar that was silent for this long is gone.
const GONE: Duration = Duration::from_secs(15);

impl RedisPeers {
    /// Knows of itself only.
    pub fn new() -> Self {
        Self(Arc::new(AtomicU32::new(1)))
    }

    /// Shows itself and counts the others, until `stop`.
    pub async fn run(self, redis: Redis, clock: Arc<dyn Clock>, id: Uuid, stop: CancellationToken) {
        let mut beat = tokio::time::interval(HEARTBEAT);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = beat.tick() => {}
            }
            match heartbeat(&redis, clock.as_ref(), id).await {
                Ok(count) => self.0.store(count.max(1), Ordering::Relaxed),
                Err(error) => tracing::debug!(error.message = %error, "heartbeat failed"),
            }
        }
        let gone: Result<(), _> = redis::cmd("ZREM")
            .arg(KEY)
            .arg(id.to_string())
            .query_async(&mut redis.shared())
            .await;
        if let Err(error) = gone {
            tracing::debug!(error.message = %error, "left without a word");
        }
    }
}

impl Default for RedisPeers {
    fn default() -> Self {
        Self::new()
    }
}

impl Peers for RedisPeers {
    fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

async fn heartbeat(redis: &Redis, clock: &dyn Clock, id: Uuid) -> Result<u32, RedisError> {
    let now = clock.now().unix_timestamp();
    let gone = now.saturating_sub_unsigned(GONE.as_secs());
    let ((), (), (), count) = redis::pipe()
        .zadd(KEY, id.to_string(), now)
        .zrembyscore(KEY, "-inf", gone)
        .expire(KEY, 3600)
        .zcard(KEY)
        .query_async(&mut redis.shared())
        .await?;
    Ok(count)
}
