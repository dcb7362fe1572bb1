//! The doorbell: every command that is sent to a job stream.

mod entry;
mod inspect;

use std::time::Duration;

use datastores::redis::Redis;
use redis::aio::MultiplexedConnection;
use redis::{RedisResult, Value, cmd};
use uuid::Uuid;

pub(crate) use entry::{Entry, EntryId};

use crate::StreamSpec;

const GROUP: &str = StreamSpec::GROUP;

/// How many entries one reply may hold.
const PAGE: usize = 100;

/// Whether a group had to be made. A group that was gone means that Redis lost what it held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Made,
    WasThere,
}

/// One ring of the doorbell.
#[derive(Debug)]
pub(crate) struct Ring<'a> {
    pub job: Uuid,
    pub kind: &'a str,
    pub traceparent: Option<&'a str>,
}

/// What `XAUTOCLAIM` found.
pub(crate) struct Abandoned {
    pub next: String,
    pub entries: Vec<Entry>,
    /// Entries that were pending although the stream had lost them.
    pub lost: Vec<String>,
}

/// The stream of one lane, its group, and the dead-letter stream of the service.
#[derive(Clone)]
pub(crate) struct Stream {
    redis: Redis,
    key: String,
    /// Says, while it exists, that Redis has not lost keys since it was set.
    epoch: String,
    dead_letters: String,
}

impl Stream {
    pub fn new(redis: Redis, spec: &StreamSpec) -> Self {
        Self {
            redis,
            key: spec.stream(),
            epoch: format!("{}:epoch", spec.stream()),
            dead_letters: spec.dead_letters(),
        }
    }

    /// Makes the group at 0, so that nothing that lies in the stream is skipped.
    pub async fn ensure_group(&self) -> RedisResult<Group> {
        let made = cmd("XGROUP")
            .arg("CREATE")
            .arg((&self.key, GROUP, 0, "MKSTREAM"))
            .query_async(&mut self.redis.shared())
            .await;
        match made {
            Ok(()) => Ok(Group::Made),
            Err(error) if error.code() == Some("BUSYGROUP") => Ok(Group::WasThere),
            Err(error) => Err(error),
        }
    }

    /// Rings for all or for none; answers the ids of the entries.
    pub async fn ring(&self, rings: &[Ring<'_>]) -> RedisResult<Vec<String>> {
        let mut pipe = redis::pipe();
        pipe.atomic();
        for ring in rings {
            let add = pipe.cmd("XADD").arg((&self.key, "*"));
            add.arg(("id", ring.job.to_string(), "kind", ring.kind));
            if let Some(traceparent) = ring.traceparent {
                add.arg(("traceparent", traceparent));
            }
        }
        pipe.query_async(&mut self.redis.shared()).await
    }

    /// A connection for reads that wait up to `block`.
    pub async fn reading(&self, block: Duration) -> RedisResult<MultiplexedConnection> {
        self.redis.dedicated(block + Duration::from_secs(4)).await
    }

    /// Up to `count` entries that nobody has read. Never drop this future: an entry that is
    /// delivered to nobody is stranded.
    pub async fn read(
        &self,
        connection: &mut MultiplexedConnection,
        consumer: &str,
        count: usize,
        block: Duration,
    ) -> RedisResult<Vec<Entry>> {
        let block = u64::try_from(block.as_millis()).unwrap_or(u64::MAX).max(1);
        let reply: Value = cmd("XREADGROUP")
            .arg(("GROUP", GROUP, consumer, "COUNT", count, "BLOCK", block))
            .arg(("STREAMS", &self.key, ">"))
            .query_async(connection)
            .await?;
        Ok(entry::entries_of_read(reply))
    }

    /// All entries that were delivered to `consumer` and not acknowledged.
    pub async fn own_pending(
        &self,
        connection: &mut MultiplexedConnection,
        consumer: &str,
    ) -> RedisResult<Vec<Entry>> {
        let mut found: Vec<Entry> = Vec::new();
        loop {
            let after = found.last().map_or("0", |entry| entry.id.as_str());
            let reply: Value = cmd("XREADGROUP")
                .arg(("GROUP", GROUP, consumer, "COUNT", PAGE))
                .arg(("STREAMS", &self.key, after))
                .query_async(connection)
                .await?;
            let page = entry::entries_of_read(reply);
            let last_page = page.len() < PAGE;
            found.extend(page);
            if last_page {
                return Ok(found);
            }
        }
    }

    /// Takes entries off the pending list. The stream keeps them until it is trimmed.
    pub async fn ack(&self, ids: &[String]) -> RedisResult<()> {
        if ids.is_empty() {
            return Ok(());
        }
        cmd("XACK")
            .arg((&self.key, GROUP, ids))
            .query_async(&mut self.redis.shared())
            .await
    }

    /// Shows that `consumer` still works on these, without raising their delivery counters.
    pub async fn keep(&self, consumer: &str, ids: &[String]) -> RedisResult<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let _: Value = cmd("XCLAIM")
            .arg((&self.key, GROUP, consumer, 0, ids, "JUSTID"))
            .query_async(&mut self.redis.shared())
            .await?;
        Ok(())
    }

    /// A page of the entries that showed no sign of life for `idle`, from `cursor` on.
    pub async fn abandoned(
        &self,
        consumer: &str,
        idle: Duration,
        cursor: &str,
    ) -> RedisResult<Abandoned> {
        let idle = u64::try_from(idle.as_millis()).unwrap_or(u64::MAX);
        let (next, found, lost): (String, Value, Vec<String>) = cmd("XAUTOCLAIM")
            .arg((&self.key, GROUP, consumer, idle, cursor, "COUNT", PAGE))
            .query_async(&mut self.redis.shared())
            .await?;
        Ok(Abandoned {
            next,
            entries: entry::entries(found),
            lost,
        })
    }

    /// Copies garbage as it is to the dead-letter stream, then acknowledges it.
    pub async fn discard(&self, entry: &Entry) -> RedisResult<()> {
        let mut pipe = redis::pipe();
        let add = pipe.atomic().cmd("XADD").arg(&self.dead_letters).arg("*");
        add.arg("garbage").arg(&entry.id);
        for (name, value) in &entry.fields {
            add.arg(name).arg(value);
        }
        pipe.cmd("XACK").arg((&self.key, GROUP, &entry.id));
        let _: Value = pipe.query_async(&mut self.redis.shared()).await?;
        Ok(())
    }

    /// Tells operators of dead letters: `(number, job, kind, code)`.
    pub async fn tell_dead(&self, letters: &[(i64, Uuid, String, String)]) -> RedisResult<()> {
        let mut pipe = redis::pipe();
        pipe.atomic();
        for (number, job, kind, code) in letters {
            pipe.cmd("XADD")
                .arg((&self.dead_letters, "*"))
                .arg(("letter", number, "id", job.to_string()))
                .arg(("kind", kind, "code", code));
        }
        let _: Value = pipe.query_async(&mut self.redis.shared()).await?;
        Ok(())
    }

    /// Drops entries below `lowest`, which must be at most the lowest pending one.
    pub async fn trim(&self, lowest: &str) -> RedisResult<u64> {
        cmd("XTRIM")
            .arg((&self.key, "MINID", "~", lowest))
            .query_async(&mut self.redis.shared())
            .await
    }

    /// Sets right how many entries the group has read. Redis 7.0 does not write all of it to its
    /// append-only file: after a restart the lag is unknown or too high, and KEDA, which goes
    /// by it, wakes nobody or lets nobody go. Says whether it was wrong.
    pub async fn recount(&self) -> RedisResult<bool> {
        redis::Script::new(include_str!("recount.lua"))
            .key(&self.key)
            .arg(GROUP)
            .invoke_async(&mut self.redis.shared())
            .await
    }

    /// Removes a consumer if nothing is pending for it; else its entries would be lost.
    pub async fn delete_consumer(&self, consumer: &str) -> RedisResult<bool> {
        redis::Script::new(include_str!("delete_consumer.lua"))
            .key(&self.key)
            .arg(GROUP)
            .arg(consumer)
            .invoke_async(&mut self.redis.shared())
            .await
    }
}

#[cfg(test)]
mod tests;
