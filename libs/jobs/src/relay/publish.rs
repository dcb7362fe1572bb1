//! Puts what is due into the stream.

use std::time::Duration;

use sqlx::PgTransaction;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{PassError, Relay};
use crate::Point;
use crate::ledger::{pause, publish as ledger, repair};
use crate::patience::Patience;
use crate::stream::{Group, Ring};

/// How many jobs are published in one transaction.
const BATCH: i64 = 100;

/// How soon to look again while jobs are due and the window is full, as a part of the poll
/// interval.
const REFILL: u32 = 20;

/// To lose the commit in a crash of Postgres means to publish again. A relay that is frozen must
/// not hold up the workers, who wait for its locks.
const BEGIN: &str = "begin; set local synchronous_commit = off; \
                     set local idle_in_transaction_session_timeout = '3s'";

/// Publishes until `shutdown` fires.
pub(super) async fn run(relay: &Relay, shutdown: &CancellationToken) {
    let mut publisher = Publisher {
        relay,
        group: false,
        turn: Uuid::nil(),
    };
    let mut patience = Patience::new();
    while !shutdown.is_cancelled() {
        let next = match publisher.pass().await {
            Ok(next) => {
                patience.forget();
                next
            }
            Err(error) => {
                if patience.is_fresh() {
                    tracing::warn!(%error, "due jobs could not be published");
                }
                publisher.group = false;
                Next::Pause(patience.wait())
            }
        };
        let rest = async {
            match next {
                Next::Now => {}
                Next::Pause(pause) => tokio::time::sleep(pause).await,
                Next::Woken(poll) => tokio::select! {
                    () = relay.wake.woken() => {}
                    () = tokio::time::sleep(poll) => {}
                },
            }
        };
        shutdown.run_until_cancelled(rest).await;
    }
}

/// When to look again.
enum Next {
    Now,
    Pause(Duration),
    /// When woken, and after this at the latest.
    Woken(Duration),
}

/// What is published next.
#[derive(Clone, Copy)]
enum Pick {
    Oldest,
    /// Of a long backlog.
    InTurns,
    /// Of a paused lane.
    Probe,
}

struct Publisher<'a> {
    relay: &'a Relay,
    /// Whether the group is known to exist; it must, before the first entry does.
    group: bool,
    /// In a long backlog: the tenant whose turn it is, or the next one that has a job due.
    turn: Uuid,
}

impl Publisher<'_> {
    async fn pass(&mut self) -> Result<Next, PassError> {
        self.relay.probe.at(Point::BeforeLook).await;
        let queue = &self.relay.queue;
        if !self.group {
            ensure_group(self.relay).await?;
            self.group = true;
        }
        let poll = queue.settings.poll_ms.millis();
        let lease = queue.settings.lease_ms.millis();
        let window = queue.settings.window.small();
        let survey = ledger::survey(&queue.pool, queue.spec.lane, window, lease).await?;
        if survey.paused {
            return self.try_probe(poll).await;
        }
        if survey.due == 0 {
            return Ok(Next::Woken(poll));
        }
        if survey.room <= 0 {
            return Ok(Next::Pause(poll / REFILL));
        }
        let room = survey.room.min(BATCH);
        let long = survey.due >= ledger::LONG;
        let from_the_first = !long || self.turn.is_nil();
        let how = if long { Pick::InTurns } else { Pick::Oldest };
        let published = self.publish(room, how).await?;
        // Others may hold the rest: then it is theirs.
        if published == room || !from_the_first {
            return Ok(Next::Now);
        }
        Ok(Next::Woken(poll))
    }

    /// In a paused lane: learns how its probe ended, and publishes one if the time has come.
    async fn try_probe(&mut self, poll: Duration) -> Result<Next, PassError> {
        let queue = &self.relay.queue;
        let lane = queue.spec.lane;
        if let Some(reason) = pause::close(&queue.pool, lane).await? {
            tracing::info!(lane, reason, "pause is over: a job got done");
            return Ok(Next::Now);
        }
        let first = queue.settings.backoff_ms.millis();
        let cap = queue.settings.unavailable_cap_ms.millis();
        if let Some(reason) = pause::prolong(&queue.pool, lane, first, cap).await? {
            tracing::warn!(lane, reason, "pause goes on: a job was tried in vain");
        }
        pause::choose(&queue.pool, lane).await?;
        self.publish(1, Pick::Probe).await?;
        Ok(Next::Woken(poll))
    }

    /// Publishes up to `room` jobs; answers how many. The entries come before the commit: what
    /// is published twice is refused at the second claim, what is not published is lost.
    async fn publish(&mut self, room: i64, how: Pick) -> Result<i64, PassError> {
        let queue = &self.relay.queue;
        let mut tx = queue.pool.begin_with(BEGIN).await?;
        let due = self.pick(&mut tx, room, how).await?;
        if due.is_empty() {
            return Ok(0);
        }
        self.relay.probe.at(Point::BeforePublish).await;
        let rings: Vec<Ring<'_>> = due.iter().map(ring).collect();
        let entries = queue.stream.ring(&rings).await?;
        self.relay.probe.at(Point::AfterPublish).await;
        let ids: Vec<Uuid> = due.iter().map(|due| due.id).collect();
        ledger::queued(&mut tx, &ids, &entries).await?;
        tx.commit().await?;
        queue.metrics.published.inc_by(entries.len() as u64);
        for due in &due {
            queue.metrics.publish_delay.observe(due.late);
        }
        Ok(i64::try_from(due.len()).unwrap_or(i64::MAX))
    }

    async fn pick(
        &mut self,
        tx: &mut PgTransaction<'_>,
        room: i64,
        how: Pick,
    ) -> Result<Vec<ledger::Due>, sqlx::Error> {
        let lane = self.relay.queue.spec.lane;
        match how {
            Pick::Oldest => return ledger::pick(tx, lane, room).await,
            Pick::Probe => return pause::pick_probe(tx, lane).await,
            Pick::InTurns => {}
        }
        let due = ledger::pick_in_turns(tx, lane, self.turn, room).await?;
        let last = due.iter().map(|due| due.tenant).max();
        let filled = i64::try_from(due.len()) == Ok(room);
        self.turn = last.filter(|_| filled).map_or(Uuid::nil(), after);
        Ok(due)
    }
}

/// The lowest tenant above.
const fn after(tenant: Uuid) -> Uuid {
    Uuid::from_u128(tenant.as_u128().wrapping_add(1))
}

fn ring(due: &ledger::Due) -> Ring<'_> {
    Ring {
        job: due.id,
        kind: &due.kind,
        traceparent: due.traceparent.as_deref(),
    }
}

/// Makes the group if need be. If it had to be made, whatever lay in the stream is gone. The mark
/// comes last: if we die before, the next relay misses it.
pub(super) async fn ensure_group(relay: &Relay) -> Result<(), PassError> {
    let queue = &relay.queue;
    if queue.stream.ensure_group().await? == Group::Made {
        requeue_all(relay, "stream_lost").await?;
        queue.stream.begin_epoch().await?;
    }
    Ok(())
}

pub(super) async fn requeue_all(relay: &Relay, found: &str) -> Result<(), PassError> {
    let queue = &relay.queue;
    let requeued = repair::requeue_all(&queue.pool, queue.spec.lane).await?;
    if requeued > 0 {
        tracing::warn!(jobs = requeued, found, "published jobs are published again");
        queue
            .metrics
            .repaired
            .with_label_values(&[found])
            .inc_by(requeued);
        relay.wake.wake();
    }
    Ok(())
}
