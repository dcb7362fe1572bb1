use std::collections::HashMap;
use std::time::Duration;

use redis::{FromRedisValue as _, RedisResult, Value, cmd};

use super::{EntryId, GROUP, Stream};

/// What Redis says of the group.
#[derive(Debug, Clone)]
pub(crate) struct GroupState {
    pub last_delivered: String,
    pub pending: u64,
    /// Entries that nobody has read; unknown if Redis lost count.
    pub lag: Option<u64>,
}

/// A list of names and values, as `XINFO` gives it.
type Facts = HashMap<String, Value>;

impl Stream {
    /// The state of the group; none if there is no stream or no group.
    pub async fn group(&self) -> RedisResult<Option<GroupState>> {
        let groups: RedisResult<Vec<Facts>> = cmd("XINFO")
            .arg(("GROUPS", &self.key))
            .query_async(&mut self.redis.shared())
            .await;
        let groups = match groups {
            Err(error) if error.to_string().contains("no such key") => return Ok(None),
            other => other?,
        };
        let ours = |facts: &Facts| text(facts, "name").as_deref() == Some(GROUP);
        Ok(groups
            .iter()
            .find(|facts| ours(facts))
            .map(|facts| GroupState {
                last_delivered: text(facts, "last-delivered-id").unwrap_or_default(),
                pending: number(facts, "pending").unwrap_or_default(),
                lag: number(facts, "lag"),
            }))
    }

    /// The id of the entry that was added last, be it there or not.
    pub async fn last_entry(&self) -> RedisResult<String> {
        let facts: Facts = cmd("XINFO")
            .arg(("STREAM", &self.key))
            .query_async(&mut self.redis.shared())
            .await?;
        Ok(text(&facts, "last-generated-id").unwrap_or_default())
    }

    /// Whether the epoch that was begun goes on.
    pub async fn has_epoch(&self) -> RedisResult<bool> {
        cmd("EXISTS")
            .arg(&self.epoch)
            .query_async(&mut self.redis.shared())
            .await
    }

    /// From now on a loss of keys is noticed.
    pub async fn begin_epoch(&self) -> RedisResult<()> {
        cmd("SET")
            .arg((&self.epoch, 1))
            .query_async(&mut self.redis.shared())
            .await
    }

    /// The lowest entry that is pending.
    pub async fn lowest_pending(&self) -> RedisResult<Option<String>> {
        let (_, lowest, _, _): (u64, Option<String>, Value, Value) = cmd("XPENDING")
            .arg((&self.key, GROUP))
            .query_async(&mut self.redis.shared())
            .await?;
        Ok(lowest)
    }

    /// Which of these entries still lead to a worker: those that wait to be read, and those
    /// that are pending. An entry that was acknowledged may still lie in the stream, so to be
    /// found there is no proof.
    pub async fn alive(&self, ids: &[String]) -> RedisResult<Vec<bool>> {
        let Some(group) = self.group().await? else {
            return Ok(vec![false; ids.len()]);
        };
        let delivered = group.last_delivered.parse::<EntryId>().ok();
        let mut pipe = redis::pipe();
        for id in ids {
            if id.parse::<EntryId>().ok() > delivered {
                pipe.cmd("XRANGE").arg((&self.key, id, id));
            } else {
                pipe.cmd("XPENDING").arg((&self.key, GROUP, id, id, 1));
            }
        }
        let replies: Vec<Value> = pipe.query_async(&mut self.redis.shared()).await?;
        let found = |reply: &Value| matches!(reply, Value::Array(list) if !list.is_empty());
        Ok(replies.iter().map(found).collect())
    }

    /// Consumers with nothing pending that were not seen for `idle`.
    pub async fn idle_consumers(&self, idle: Duration) -> RedisResult<Vec<String>> {
        let consumers: Vec<Facts> = cmd("XINFO")
            .arg(("CONSUMERS", &self.key, GROUP))
            .query_async(&mut self.redis.shared())
            .await?;
        let gone = |facts: &&Facts| {
            number(facts, "pending") == Some(0)
                && number(facts, "idle").is_some_and(|seen| Duration::from_millis(seen) > idle)
        };
        let names = consumers.iter().filter(gone);
        Ok(names.filter_map(|facts| text(facts, "name")).collect())
    }

    /// Changes when Redis is another one than before: restarted, or failed over.
    pub async fn identity(&self) -> RedisResult<String> {
        let info: String = cmd("INFO")
            .arg(("server", "replication"))
            .query_async(&mut self.redis.shared())
            .await?;
        let telling =
            |line: &&str| line.starts_with("run_id:") || line.starts_with("master_replid:");
        Ok(info.lines().filter(telling).collect())
    }
}

fn text(facts: &Facts, name: &str) -> Option<String> {
    facts
        .get(name)
        .and_then(|value| String::from_redis_value_ref(value).ok())
}

fn number(facts: &Facts, name: &str) -> Option<u64> {
    facts
        .get(name)
        .and_then(|value| u64::from_redis_value_ref(value).ok())
}
