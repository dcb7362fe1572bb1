//! What KEDA's scaler of Redis Streams would see, beside what is there.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use tokio::time::{Instant, interval};
use tokio_util::sync::CancellationToken;

use crate::player::SPEC;

/// How often KEDA looks, and so how long it may be mistaken.
pub const POLL: Duration = Duration::from_secs(5);

const EVERY: Duration = Duration::from_millis(250);

/// Both at one moment: a script is alone with Redis while it runs.
const LOOK: &str = include_str!("look.lua");

/// One look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// What the lag trigger goes by: -1 if Redis does not know, the length of the stream if
    /// there is no group.
    pub lag: i64,
    /// What the trigger on pending entries goes by.
    pub pending: i64,
    /// How many entries nobody has read.
    pub unread: i64,
}

impl Look {
    /// A worker is woken or kept.
    pub const fn is_active(self) -> bool {
        self.lag > 0 || self.pending > 0
    }

    /// There is something to do.
    pub const fn is_needed(self) -> bool {
        self.unread > 0 || self.pending > 0
    }
}

/// What was seen over time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Watch {
    /// How often Redis answered.
    pub looks: usize,
    /// The longest that work waited and no trigger was active.
    pub blind: Duration,
    /// The longest that a trigger was active for nothing.
    pub phantom: Duration,
}

/// Looks until told to stop.
pub async fn watch(port: u16, stop: &CancellationToken) -> anyhow::Result<Watch> {
    let client = redis::Client::open(format!("redis://127.0.0.1:{port}"))?;
    let (mut seen, mut blind, mut phantom) = (Watch::default(), None, None);
    let mut ticks = interval(EVERY);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        // Its scaler connects anew each time too; while Redis is away it decides nothing.
        let Some(look) = look(&client).await else {
            (blind, phantom) = (None, None);
            continue;
        };
        let now = Instant::now();
        seen.looks += 1;
        let is_blind = look.is_needed() && !look.is_active();
        seen.blind = seen.blind.max(lasting(&mut blind, is_blind, now));
        let is_phantom = look.is_active() && !look.is_needed();
        seen.phantom = seen.phantom.max(lasting(&mut phantom, is_phantom, now));
    }
    Ok(seen)
}

/// How long it has been so.
fn lasting(since: &mut Option<Instant>, is_so: bool, now: Instant) -> Duration {
    if !is_so {
        *since = None;
        return Duration::ZERO;
    }
    now - *since.get_or_insert(now)
}

async fn look(client: &redis::Client) -> Option<Look> {
    let reached = client.get_multiplexed_async_connection();
    let mut redis = tokio::time::timeout(Duration::from_secs(1), reached)
        .await
        .ok()?
        .ok()?;
    ask(&mut redis).await.ok()
}

/// Asks once.
pub async fn ask(redis: &mut MultiplexedConnection) -> redis::RedisResult<Look> {
    let (lag, pending, unread) = redis::Script::new(LOOK)
        .key(SPEC.stream())
        .arg(jobs::StreamSpec::GROUP)
        .invoke_async(redis)
        .await?;
    Ok(Look {
        lag,
        pending,
        unread,
    })
}
