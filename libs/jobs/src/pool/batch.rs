//! What was read, sorted by what the ledger says of it.

use std::time::Duration;

use uuid::Uuid;

use super::acks::Acks;
use super::worker::Worker;
use crate::ledger::claim::{self, Answer, Claim, Claimant};
use crate::patience::Patience;
use crate::stream::Entry;

/// Entries that were read together, by the job that they ring for: the same job twice in a batch
/// counts once.
pub(crate) struct Batch {
    jobs: Vec<(Uuid, Vec<Entry>)>,
    garbage: Vec<Entry>,
}

/// How soon those that wait for the quarantine are due again, as a part of the poll interval: at
/// the relay's next look. A worker that dies may leave as many of them as it has slots, and all
/// of them have to run within fifteen seconds.
const SOONER: u32 = 4;

/// A job to be begun, and the entries that led to it.
pub(crate) type Begun = (Claim, Vec<String>);

impl Batch {
    pub fn of(entries: Vec<Entry>) -> Self {
        let mut batch = Self {
            jobs: Vec::new(),
            garbage: Vec::new(),
        };
        for entry in entries {
            let Some(job) = entry.job() else {
                batch.garbage.push(entry);
                continue;
            };
            match batch.jobs.iter_mut().find(|(known, _)| *known == job) {
                Some((_, same)) => same.push(entry),
                None => batch.jobs.push((job, vec![entry])),
            }
        }
        batch
    }

    /// Claims what can be claimed, with one `suspect` at most; discards garbage and acknowledges
    /// what is over. Entries of jobs that run elsewhere are left alone. While Postgres is away
    /// nothing is acknowledged.
    pub async fn claim(mut self, worker: &Worker, suspect: bool, acks: &Acks) -> Vec<Begun> {
        let mut begun = Vec::new();
        for (job, answer) in self.ask(worker, suspect).await {
            let place = self.jobs.iter().position(|(known, _)| *known == job);
            let Some((_, entries)) = place.map(|place| self.jobs.swap_remove(place)) else {
                continue;
            };
            match answer {
                Answer::Claimed(claim) if !worker.hand.has(&claim.fence) => {
                    let ids = entries.into_iter().map(|entry| entry.id).collect();
                    begun.push((*claim, ids));
                }
                Answer::Claimed(_) | Answer::Running => {}
                Answer::NotNow => {
                    for entry in entries {
                        // Fails only when nothing is left to acknowledge it.
                        acks.send(entry.id).ok();
                    }
                }
                Answer::Unknown => self.garbage.extend(entries),
            }
        }
        for entry in &self.garbage {
            discard(worker, entry).await;
        }
        begun
    }

    /// Asks until Postgres answers, or the pool stops; then the entries stay pending.
    async fn ask(&self, worker: &Worker, suspect: bool) -> Vec<(Uuid, Answer)> {
        let jobs: Vec<Uuid> = self.jobs.iter().map(|(job, _)| *job).collect();
        if jobs.is_empty() {
            return Vec::new();
        }
        let settings = &worker.queue.settings;
        let claimant = Claimant {
            worker: &worker.name,
            lease: settings.lease_ms.millis(),
            suspect,
            wait: settings.poll_ms.millis() / SOONER,
        };
        let mut patience = Patience::new();
        loop {
            match claim::claim(&worker.queue.pool, &claimant, &jobs).await {
                Ok(answers) => return answers,
                Err(error) => {
                    if patience.is_fresh() {
                        tracing::warn!(%error, "jobs could not be claimed");
                    }
                    if !worker.goes_on(patience.wait()).await {
                        return Vec::new();
                    }
                }
            }
        }
    }
}

impl Worker {
    /// Waits; false if the pool was told to stop meanwhile.
    pub async fn goes_on(&self, wait: Duration) -> bool {
        let stopped = self
            .stop
            .run_until_cancelled(tokio::time::sleep(wait))
            .await;
        stopped.is_some()
    }
}

/// An entry that no job belongs to; if it cannot be discarded now, the relay finds it.
async fn discard(worker: &Worker, entry: &Entry) {
    worker.queue.metrics.garbage.inc();
    tracing::error!(entry.id = %entry.id, "entry belongs to no job and was discarded");
    if let Err(error) = worker.queue.stream.discard(entry).await {
        tracing::warn!(%error, "entry could not be discarded");
    }
}
