//! The end of a pool: nothing is lost, and no attempt used.

use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};
use uuid::Uuid;

use super::Slots;
use super::worker::Worker;
use crate::ledger::repair::Fate;
use crate::ledger::{lease, repair};
use crate::stream::Entry;

/// How long interrupted jobs may take to be handed back, and each of the last steps: a pool ends
/// within five seconds after the time that running jobs have.
const HAND_BACK: Duration = Duration::from_secs(2);
const LAST_STEP: Duration = Duration::from_secs(1);

impl Slots<'_> {
    pub(super) async fn drain(mut self) {
        if timeout(LAST_STEP, self.hand_back_unbegun()).await.is_err() {
            tracing::warn!("jobs that were not begun are left to the relay");
        }
        self.finish_running().await;
        drop(self.acks);
        let acked = timeout(LAST_STEP, self.acking.join_next()).await;
        if acked.is_err() {
            tracing::warn!("entries that were not acknowledged are left to the relay");
        }
        if timeout(LAST_STEP, leave(self.worker)).await.is_err() {
            tracing::warn!("worker could not sign off");
        }
    }

    /// What was read and not begun becomes ready for others at once.
    async fn hand_back_unbegun(&mut self) {
        let entries = match self.reader.rest().await {
            Ok(entries) => entries,
            Err(error) => {
                tracing::warn!(%error, "own entries could not be read");
                return;
            }
        };
        let rung = |entry: &Entry| Some((entry.job()?, entry.id.clone()));
        let (jobs, ids): (Vec<Uuid>, Vec<String>) = entries.iter().filter_map(rung).unzip();
        if jobs.is_empty() {
            return;
        }
        match repair::settle_abandoned(&self.worker.queue.pool, &jobs, &ids).await {
            Ok(fates) => {
                let entries = ids.into_iter().zip(fates);
                for (entry, _) in entries.filter(|(_, fate)| *fate == Fate::Acknowledge) {
                    // Fails only when nothing is left to acknowledge it.
                    self.acks.send(entry).ok();
                }
            }
            Err(error) => tracing::warn!(%error, "jobs could not be handed back"),
        }
    }

    async fn finish_running(&mut self) {
        let stopped = *self.worker.stopped.get_or_init(Instant::now);
        let end = stopped + self.worker.queue.settings.drain_ms.millis();
        if timeout_at(end, all(&mut self.running)).await.is_ok() {
            return;
        }
        tracing::info!(jobs = self.running.len(), "jobs were told to make way");
        self.worker.making_way.cancel();
        self.worker.hand.cancel_all();
        if timeout(HAND_BACK, all(&mut self.running)).await.is_err() {
            tracing::warn!(jobs = self.running.len(), "jobs are left to the relay");
            self.running.shutdown().await;
        }
    }
}

async fn all(running: &mut tokio::task::JoinSet<()>) {
    while running.join_next().await.is_some() {}
}

async fn leave(worker: &Worker) {
    if let Err(error) = worker.queue.stream.delete_consumer(&worker.name).await {
        tracing::debug!(%error, "consumer is left to the sweeper");
    }
    if let Err(error) = lease::absent(&worker.queue.pool, &worker.name).await {
        tracing::debug!(%error, "worker is left to the sweeper");
    }
}
