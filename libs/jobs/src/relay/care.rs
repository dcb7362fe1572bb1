//! Repairs what crashes left behind, once a second.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::outage::Outage;
use super::publish::ensure_group;
use super::recognise::Recognition;
use super::{PassError, Relay};
use crate::Point;
use crate::ledger::repair::{Fate, Published};
use crate::ledger::settle::Burial;
use crate::ledger::{letters, repair};
use crate::stream::{Entry, EntryId};
use crate::verdict::crashed;

/// The consumer that abandoned entries are taken over by; all relays share it.
const CONSUMER: &str = "relay";

/// How many passes count as long: for a row to be queued, or for Postgres not to answer.
const LONG: u32 = 3;

/// After how many passes the numbers are refreshed.
const SHOW: u32 = 5;

/// After how many passes leavers are swept.
const SWEEP: u32 = 60;

/// After how many passes a page of what is over for long is forgotten.
const FORGET: u32 = 10;

/// Workers that were not seen for this long are gone.
const GONE: Duration = Duration::from_mins(10);

/// Repairs until `shutdown` fires.
pub(super) async fn run(relay: &Relay, shutdown: &CancellationToken) {
    let settings = &relay.queue.settings;
    let period = settings.reaper_ms.millis();
    let mut care = Care {
        relay,
        outage: Outage::new(period * LONG, settings.lease_ms.millis(), Instant::now()),
        long: period * LONG,
        recognition: Recognition::default(),
        checked: Uuid::nil(),
        failing: false,
    };
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut nth: u32 = 0;
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        care.pass(nth).await;
        nth = nth.wrapping_add(1);
    }
}

struct Care<'a> {
    relay: &'a Relay,
    outage: Outage,
    long: Duration,
    recognition: Recognition,
    /// Queued jobs up to this one were checked in this round.
    checked: Uuid,
    failing: bool,
}

impl Care<'_> {
    async fn pass(&mut self, nth: u32) {
        self.relay.probe.at(Point::BeforeRepair).await;
        let ledger = self.ledger(nth).await;
        let stream = self.stream(nth).await;
        if nth.is_multiple_of(SHOW) {
            let stats = self.relay.queue.stats().await;
            self.relay.queue.metrics.show(&stats);
        }
        let error = ledger.err().or(stream.err());
        if let Some(error) = error.as_ref().filter(|_| !self.failing) {
            tracing::warn!(%error, "pass of the relay ended early");
        }
        self.failing = error.is_some();
    }

    /// What needs Postgres alone.
    async fn ledger(&mut self, nth: u32) -> Result<(), PassError> {
        let queue = &self.relay.queue;
        let kinds = self.relay.kinds.names();
        let mut ready = repair::unpark(&queue.pool, queue.spec.lane, &kinds).await?;
        for (kind, cron) in &self.relay.crons {
            ready += cron.ask(&queue.pool, queue.spec.lane, kind).await?;
        }
        if self.outage.is_over(Instant::now()) {
            ready += self.reap().await?;
            self.bury().await?;
        }
        if ready > 0 {
            self.relay.wake.wake();
        }
        if nth.is_multiple_of(SWEEP) {
            letters::forget_workers(&queue.pool, GONE).await?;
        }
        if nth.is_multiple_of(FORGET) {
            let hours = queue.settings.keep_hours.small();
            repair::forget(
                &queue.pool,
                queue.spec.lane,
                Duration::from_hours(hours.into()),
            )
            .await?;
        }
        Ok(())
    }

    async fn reap(&self) -> Result<u64, PassError> {
        let queue = &self.relay.queue;
        let (lease, crashes) = self.limits();
        let expired = repair::reap(&queue.pool, queue.spec.lane, lease, crashes).await?;
        for job in &expired {
            tracing::warn!(job.id = %job.id, job.kind = job.kind, job.crashes = job.crashes,
                worker = job.worker, "job was taken from a worker that gave no sign of life");
            queue.metrics.crashes.with_label_values(&[&job.kind]).inc();
        }
        let count = expired.len() as u64;
        queue
            .metrics
            .repaired
            .with_label_values(&["lease_expired"])
            .inc_by(count);
        Ok(count)
    }

    /// Jobs of kinds that this binary does not know are left to one that does.
    async fn bury(&self) -> Result<(), PassError> {
        let queue = &self.relay.queue;
        let (lease, crashes) = self.limits();
        let lane = queue.spec.lane;
        for found in repair::poisonous(&queue.pool, lane, lease, crashes).await? {
            let known = self.relay.kinds.job(&found.kind, found.key, found.tenant);
            let Some((job, on_dead)) = known else {
                continue;
            };
            let cause = crashed(found.crashes.saturating_add(1));
            let burial = Burial {
                fence: found.fence(),
                job,
                cause: &cause,
                crashes: 1,
                if_expired: true,
                on_dead: on_dead.as_ref(),
            };
            if burial.hold(&queue.pool).await? {
                queue.metrics.crashes.with_label_values(&[job.kind]).inc();
                tracing::error!(job.id = %found.id, job.kind = job.kind, %cause, "job was given up");
            }
        }
        Ok(())
    }

    fn limits(&self) -> (Duration, i32) {
        let settings = &self.relay.queue.settings;
        let crashes = i32::try_from(settings.max_crashes.get()).unwrap_or(i32::MAX);
        (settings.lease_ms.millis(), crashes)
    }

    /// What needs Redis; the first failure ends the pass.
    async fn stream(&mut self, nth: u32) -> Result<(), PassError> {
        ensure_group(self.relay).await?;
        if self.relay.queue.stream.recount().await? {
            tracing::debug!("lag was recounted");
        }
        self.recognition.check(self.relay).await?;
        self.take_over().await?;
        self.check_queued().await?;
        self.trim().await?;
        self.copy_letters().await?;
        if nth.is_multiple_of(SWEEP) {
            self.sweep().await?;
        }
        Ok(())
    }

    /// Decides over entries that showed no sign of life.
    async fn take_over(&self) -> Result<(), PassError> {
        let queue = &self.relay.queue;
        let idle = queue.settings.idle_ms.millis();
        let mut cursor = "0-0".to_owned();
        loop {
            let found = queue.stream.abandoned(CONSUMER, idle, &cursor).await?;
            if !found.lost.is_empty() {
                // Their jobs are found by the check of what is queued for long.
                tracing::error!(
                    entries = found.lost.len(),
                    "pending entries were trimmed away"
                );
            }
            self.settle(found.entries).await?;
            if found.next == "0-0" {
                return Ok(());
            }
            cursor = found.next;
        }
    }

    async fn settle(&self, entries: Vec<Entry>) -> Result<(), PassError> {
        let queue = &self.relay.queue;
        let (rung, garbage): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| entry.job().is_some());
        for entry in &garbage {
            self.discard(entry).await?;
        }
        let jobs: Vec<Uuid> = rung.iter().filter_map(Entry::job).collect();
        if jobs.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = rung.iter().map(|entry| entry.id.clone()).collect();
        let fates = repair::settle_abandoned(&queue.pool, &jobs, &ids).await?;
        let mut over = Vec::new();
        for (entry, fate) in rung.into_iter().zip(fates) {
            match fate {
                Fate::LeaveAlone => {}
                Fate::Acknowledge => over.push(entry.id),
                Fate::Discard => self.discard(&entry).await?,
            }
        }
        queue
            .metrics
            .repaired
            .with_label_values(&["abandoned"])
            .inc_by(over.len() as u64);
        self.relay.wake.wake();
        Ok(queue.stream.ack(&over).await?)
    }

    async fn discard(&self, entry: &Entry) -> Result<(), PassError> {
        self.relay.queue.metrics.garbage.inc();
        tracing::error!(entry.id = %entry.id, "entry belongs to no job and was discarded");
        Ok(self.relay.queue.stream.discard(entry).await?)
    }

    /// Looks for the entries of jobs that are queued for long, a page at a time.
    async fn check_queued(&mut self) -> Result<(), PassError> {
        let queue = &self.relay.queue;
        let lane = queue.spec.lane;
        let page = repair::long_queued(&queue.pool, lane, self.long, self.checked).await?;
        self.checked = match page.last() {
            Some(last) if page.len() >= repair::PAGE => last.id,
            _ => Uuid::nil(),
        };
        if page.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = page.iter().map(|job| job.entry.clone()).collect();
        let alive = queue.stream.alive(&ids).await?;
        let page = page.into_iter().zip(alive);
        let lost: Vec<Published> = page
            .filter(|(_, alive)| !alive)
            .map(|(job, _)| job)
            .collect();
        if lost.is_empty() {
            return Ok(());
        }
        let requeued = repair::requeue(&queue.pool, &lost).await?;
        tracing::warn!(
            jobs = requeued,
            "jobs whose entries are gone are published again"
        );
        queue
            .metrics
            .repaired
            .with_label_values(&["entry_gone"])
            .inc_by(requeued);
        self.relay.wake.wake();
        Ok(())
    }

    /// Drops what everybody is done with.
    async fn trim(&self) -> Result<(), PassError> {
        let stream = &self.relay.queue.stream;
        let Some(group) = stream.group().await? else {
            return Ok(());
        };
        let pending = stream.lowest_pending().await?;
        let lowest = match pending {
            Some(pending) if id(&pending) < id(&group.last_delivered) => pending,
            _ => group.last_delivered,
        };
        stream.trim(&lowest).await?;
        Ok(())
    }

    /// Tells operators of deaths. A letter may be told of twice, never not at all.
    async fn copy_letters(&self) -> Result<(), PassError> {
        let queue = &self.relay.queue;
        let mut tx = queue.pool.begin().await?;
        let found = letters::uncopied(&mut tx).await?;
        if found.is_empty() {
            return Ok(());
        }
        queue.stream.tell_dead(&found).await?;
        let numbers: Vec<i64> = found.iter().map(|(number, ..)| *number).collect();
        letters::copied(&mut tx, &numbers).await?;
        Ok(tx.commit().await?)
    }

    async fn sweep(&self) -> Result<(), PassError> {
        let stream = &self.relay.queue.stream;
        for consumer in stream.idle_consumers(GONE).await? {
            stream.delete_consumer(&consumer).await?;
        }
        Ok(())
    }
}

fn id(text: &str) -> Option<EntryId> {
    text.parse().ok()
}
