//! Notices that Redis is not what it was, so that what was published may be gone.

use super::publish::requeue_all;
use super::{PassError, Relay};
use crate::ledger::repair;
use crate::stream::EntryId;

/// What is remembered of the Redis that answered last.
#[derive(Default)]
pub(super) struct Recognition {
    identity: Option<String>,
    /// Whether our mark was not there.
    missed: bool,
}

impl Recognition {
    /// Has everything published again if Redis was restarted or replaced, lost our mark, or
    /// holds an older stream than the one that was published into.
    pub async fn check(&mut self, relay: &Relay) -> Result<(), PassError> {
        let stream = &relay.queue.stream;
        let identity = stream.identity().await?;
        let changed = |known: &String| *known != identity;
        if self.identity.as_ref().is_some_and(changed) {
            requeue_all(relay, "redis_changed").await?;
        }
        self.identity = Some(identity);
        let missed = !stream.has_epoch().await?;
        // Once may be while somebody who made the group is about to set it.
        if missed && self.missed {
            requeue_all(relay, "epoch_lost").await?;
            stream.begin_epoch().await?;
        }
        self.missed = missed;
        if is_older(relay).await? {
            requeue_all(relay, "stream_older").await?;
        }
        Ok(())
    }
}

/// Whether the stream ends before an entry that a job waits for. The ledger is asked first: an
/// entry is there before the ledger knows of it.
async fn is_older(relay: &Relay) -> Result<bool, PassError> {
    let queue = &relay.queue;
    let Some(stored) = repair::highest_entry(&queue.pool, queue.spec.lane).await? else {
        return Ok(false);
    };
    let last = queue.stream.last_entry().await?;
    Ok(last.parse::<EntryId>().ok() < stored.parse().ok())
}
