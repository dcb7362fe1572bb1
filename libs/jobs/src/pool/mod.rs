//! The worker pool: slots, and what fills and empties them.

mod acks;
mod batch;
mod breaker;
mod claimed;
mod drain;
mod hand;
mod heartbeat;
mod load;
mod reader;
mod work;
mod worker;

use std::sync::{Arc, OnceLock};

use kernel::Fence;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::acks::Acks;
use self::batch::{Batch, Begun};
use self::breaker::Breaker;
use self::hand::Hand;
use self::reader::Reader;
use self::worker::{Does, Known, Worker};
use crate::kinds::Kinds;
use crate::probe::NoProbe;
use crate::{BatchHandler, Handler, OnDead, Point, Probe, Queue};

/// Works on the jobs of one queue until told to stop. Survives outages of Redis and Postgres.
pub struct Pool {
    queue: Queue,
    kinds: Kinds<Known>,
    probe: Arc<dyn Probe>,
}

impl Pool {
    /// A pool that knows no kind of job yet.
    pub fn new(queue: Queue) -> Self {
        Self {
            queue,
            kinds: Kinds::default(),
            probe: Arc::new(NoProbe),
        }
    }

    /// Teaches it a kind of job. Jobs of other kinds are parked for workers that know them.
    #[must_use]
    pub fn handle(
        mut self,
        kind: &'static str,
        handler: Arc<dyn Handler>,
        on_dead: Arc<dyn OnDead>,
    ) -> Self {
        let does = Does::Alone(handler);
        self.kinds.add(kind, Known { does, on_dead });
        self
    }

    /// Teaches it a kind whose jobs are done together. A batch takes a slot for each job.
    #[must_use]
    pub fn handle_batches(
        mut self,
        kind: &'static str,
        handler: Arc<dyn BatchHandler>,
        on_dead: Arc<dyn OnDead>,
    ) -> Self {
        let does = Does::Together(handler);
        self.kinds.add(kind, Known { does, on_dead });
        self
    }

    /// Has `probe` called at the points that crash tests stop at.
    #[must_use]
    pub fn probe(mut self, probe: Arc<dyn Probe>) -> Self {
        self.probe = probe;
        self
    }

    /// Works until `shutdown` fires, then lets running jobs end or hands them back. Dropping the
    /// future stops everything at once, as a crash would.
    pub async fn run(self, shutdown: CancellationToken) {
        let breaker = Breaker::new(self.queue.settings.breaker_after.small());
        let worker = Arc::new(Worker {
            name: format!("worker-{}", Uuid::new_v4()),
            queue: self.queue,
            kinds: self.kinds,
            probe: self.probe,
            hand: Hand::default(),
            breaker,
            stop: shutdown,
            stopped: OnceLock::new(),
            making_way: CancellationToken::new(),
        });
        tracing::info!(worker = worker.name, "worker started");
        let mut aside = JoinSet::new();
        let beating = worker.clone();
        aside.spawn(async move { heartbeat::run(&beating).await });
        let stopping = worker.clone();
        aside.spawn(async move {
            stopping.stop.cancelled().await;
            stopping.stopped.get_or_init(Instant::now);
        });
        Slots::new(&worker).work().await;
        tracing::info!(worker = worker.name, "worker stopped");
    }
}

/// The jobs that run, and the room for more.
struct Slots<'a> {
    worker: &'a Arc<Worker>,
    free: Arc<Semaphore>,
    /// Of jobs that have seen a crash, one is in hand at a time: whichever took its worker along
    /// takes no other of them along again.
    quarantine: Arc<Semaphore>,
    running: JoinSet<()>,
    reader: Reader<'a>,
    acks: Acks,
    acking: JoinSet<()>,
}

impl<'a> Slots<'a> {
    fn new(worker: &'a Arc<Worker>) -> Self {
        let (acks, entries) = acks::channel();
        let mut acking = JoinSet::new();
        acking.spawn(acks::run(worker.queue.stream.clone(), entries));
        Self {
            worker,
            free: Arc::new(Semaphore::new(worker.queue.settings.slots.size())),
            quarantine: Arc::new(Semaphore::new(1)),
            running: JoinSet::new(),
            reader: Reader::new(worker),
            acks,
            acking,
        }
    }

    async fn work(mut self) {
        while let Some(permits) = self.room().await {
            let entries = self.reader.next(permits.num_permits()).await;
            if entries.is_empty() {
                continue;
            }
            self.worker.probe.at(Point::AfterRead).await;
            if self.worker.stop.is_cancelled() {
                break;
            }
            let quarantine = self.quarantine.clone().try_acquire_owned().ok();
            let batch = Batch::of(entries);
            let begun = batch
                .claim(self.worker, quarantine.is_some(), &self.acks)
                .await;
            self.worker.probe.at(Point::AfterClaim).await;
            self.begin(begun, permits, quarantine);
        }
        self.drain().await;
    }

    /// Waits for a free slot and takes all that are; none when the pool is to stop. No more is
    /// read than can be begun.
    async fn room(&mut self) -> Option<OwnedSemaphorePermit> {
        while self.running.try_join_next().is_some() {}
        let free = self.free.clone();
        let first = self
            .worker
            .stop
            .run_until_cancelled(free.clone().acquire_owned());
        let mut permits = first.await?.ok()?;
        let more = u32::try_from(free.available_permits()).unwrap_or(0);
        if let Ok(others) = free.try_acquire_many_owned(more) {
            permits.merge(others);
        }
        Some(permits)
    }

    /// `quarantine` is for the one job among them that has seen a crash.
    fn begin(
        &mut self,
        begun: Vec<Begun>,
        mut permits: OwnedSemaphorePermit,
        mut quarantine: Option<OwnedSemaphorePermit>,
    ) {
        for load in load::loads(&self.worker.kinds, begun) {
            let suspect = load.iter().any(|(claim, _)| claim.is_suspect());
            let quarantine = quarantine.take_if(|_| suspect);
            let permits = permits.split(load.len());
            let (worker, acks) = (self.worker.clone(), self.acks.clone());
            let fences: Vec<Fence> = load.iter().map(|(claim, _)| claim.fence).collect();
            let take = |(claim, entries): Begun| {
                let cancel = worker.hand.take(claim.fence, entries);
                (claim, cancel)
            };
            let claims = load.into_iter().map(take).collect();
            self.running.spawn(async move {
                work::run(&worker, claims).await;
                for entry in fences.iter().flat_map(|fence| worker.hand.let_go(fence)) {
                    // Fails only when nothing is left to acknowledge it.
                    acks.send(entry).ok();
                }
                drop((permits, quarantine));
            });
        }
    }
}
