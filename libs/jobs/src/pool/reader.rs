//! Reads the stream: what lies stranded first, then what is new.

use std::collections::VecDeque;
use std::time::Duration;

use redis::RedisError;
use redis::aio::MultiplexedConnection;

use super::worker::Worker;
use crate::ledger::repair;
use crate::patience::Patience;
use crate::stream::{Entry, Group};

/// Reads on a connection of its own, which it replaces after an error.
pub(crate) struct Reader<'a> {
    worker: &'a Worker,
    connection: Option<MultiplexedConnection>,
    /// Entries that were delivered to us before and that nobody works on.
    stranded: VecDeque<Entry>,
    patience: Patience,
    block: Duration,
}

impl<'a> Reader<'a> {
    pub fn new(worker: &'a Worker) -> Self {
        Self {
            worker,
            connection: None,
            stranded: VecDeque::new(),
            patience: Patience::new(),
            block: worker.queue.settings.block_ms.millis(),
        }
    }

    /// Up to `count` entries; none if there are none for a while, or if Redis is away.
    pub async fn next(&mut self, count: usize) -> Vec<Entry> {
        match self.read(count).await {
            Ok(entries) => {
                self.patience.forget();
                entries
            }
            Err(error) => {
                self.recover(error).await;
                Vec::new()
            }
        }
    }

    /// All that was delivered to us and is not in hand.
    pub async fn rest(&mut self) -> Result<Vec<Entry>, RedisError> {
        let worker = self.worker;
        let connection = self.connected().await?;
        let pending = worker
            .queue
            .stream
            .own_pending(connection, &worker.name)
            .await?;
        let in_hand = |entry: &Entry| worker.hand.has_entry(&entry.id);
        Ok(pending
            .into_iter()
            .filter(|entry| !in_hand(entry))
            .collect())
    }

    async fn read(&mut self, count: usize) -> Result<Vec<Entry>, RedisError> {
        if self.connection.is_none() {
            self.stranded = self.rest().await?.into();
        }
        if !self.stranded.is_empty() {
            let count = count.min(self.stranded.len());
            return Ok(self.stranded.drain(..count).collect());
        }
        let (worker, block) = (self.worker, self.block);
        let connection = self.connected().await?;
        let stream = &worker.queue.stream;
        stream.read(connection, &worker.name, count, block).await
    }

    async fn connected(&mut self) -> Result<&mut MultiplexedConnection, RedisError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.worker.queue.stream.reading(self.block).await?,
        };
        Ok(self.connection.insert(connection))
    }

    async fn recover(&mut self, error: RedisError) {
        // Whatever was on its way to us is found by the next connection.
        self.connection = None;
        if matches!(error.code(), Some("NOGROUP" | "UNBLOCKED")) {
            self.make_group().await;
            return;
        }
        if self.patience.is_fresh() {
            tracing::warn!(%error, "stream could not be read");
        }
        tokio::time::sleep(self.patience.wait()).await;
    }

    /// Redis lost the group, and so what it held: all that was published is to be again.
    async fn make_group(&mut self) {
        let queue = &self.worker.queue;
        match queue.stream.ensure_group().await {
            Ok(Group::WasThere) => {}
            Ok(Group::Made) => {
                tracing::warn!("stream was lost and is made anew");
                match repair::requeue_all(&queue.pool, queue.spec.lane).await {
                    Ok(requeued) => {
                        let repaired = queue.metrics.repaired.with_label_values(&["stream_lost"]);
                        repaired.inc_by(requeued);
                        // If it cannot be set, the relay misses it.
                        queue.stream.begin_epoch().await.ok();
                    }
                    Err(error) => tracing::warn!(%error, "lost jobs are left to the relay"),
                }
            }
            Err(error) => {
                tracing::debug!(%error, "group could not be made");
                tokio::time::sleep(self.patience.wait()).await;
            }
        }
    }
}
