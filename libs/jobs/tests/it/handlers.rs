use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use jobs::{Cause, Failure, FinishError, Handler, Job, OnDead};
use kernel::Fence;
use sqlx::{PgPool, PgTransaction};
use testkit::eventually_true;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::bench::SOON;

/// Saves the effect and finishes the job, or neither.
pub async fn save(pool: &PgPool, key: Uuid, fence: &Fence) -> Result<(), Failure> {
    let mut tx = pool.begin().await.map_err(down)?;
    sqlx::query("insert into effects (key) values ($1)")
        .bind(key)
        .execute(&mut *tx)
        .await
        .map_err(down)?;
    jobs::finish(&mut tx, fence).await?;
    tx.commit().await.map_err(down)
}

pub fn down(error: sqlx::Error) -> Failure {
    Failure::from(FinishError::Database(error))
}

/// Does its job at once.
pub struct Prompt(pub PgPool);

#[async_trait]
impl Handler for Prompt {
    async fn handle(&self, job: Job, fence: Fence, _: CancellationToken) -> Result<(), Failure> {
        save(&self.0, job.key, &fence).await
    }
}

/// Does its job when the gate opens, if it has not been told to stop by then.
pub struct Gated {
    pub pool: PgPool,
    pub gate: Arc<Gate>,
}

/// Where jobs wait; counts who came, and who was told to stop.
#[derive(Default)]
pub struct Gate {
    pub open: CancellationToken,
    pub came: AtomicUsize,
    pub stopped: AtomicUsize,
    /// What to do when told to stop: nothing.
    pub stubborn: bool,
}

impl Gate {
    #[track_caller]
    pub fn reached_by(&self, jobs: usize) -> impl Future<Output = ()> {
        eventually_true("jobs at the gate", SOON, async move || {
            self.came.load(Ordering::SeqCst) >= jobs
        })
    }
}

impl Gated {
    pub fn new(pool: &PgPool) -> (Self, Arc<Gate>) {
        Self::at(pool, Gate::default())
    }

    pub fn at(pool: &PgPool, gate: Gate) -> (Self, Arc<Gate>) {
        let gate = Arc::new(gate);
        let gated = Self {
            pool: pool.clone(),
            gate: gate.clone(),
        };
        (gated, gate)
    }
}

#[async_trait]
impl Handler for Gated {
    async fn handle(
        &self,
        job: Job,
        fence: Fence,
        cancel: CancellationToken,
    ) -> Result<(), Failure> {
        self.gate.came.fetch_add(1, Ordering::SeqCst);
        tokio::select! {
            () = self.gate.open.cancelled() => save(&self.pool, job.key, &fence).await,
            () = cancel.cancelled(), if !self.gate.stubborn => {
                self.gate.stopped.fetch_add(1, Ordering::SeqCst);
                Err(Failure::Cancelled)
            }
        }
    }
}

/// Fails as told, so many times, then does its job.
pub struct Failing<F> {
    pub pool: PgPool,
    pub times: usize,
    pub tried: Arc<AtomicUsize>,
    pub failure: F,
}

impl<F: Fn() -> Failure> Failing<F> {
    pub fn new(pool: &PgPool, times: usize, failure: F) -> (Self, Arc<AtomicUsize>) {
        let tried = Arc::new(AtomicUsize::new(0));
        let failing = Self {
            pool: pool.clone(),
            times,
            tried: tried.clone(),
            failure,
        };
        (failing, tried)
    }
}

#[async_trait]
impl<F: Fn() -> Failure + Send + Sync> Handler for Failing<F> {
    async fn handle(&self, job: Job, fence: Fence, _: CancellationToken) -> Result<(), Failure> {
        if self.tried.fetch_add(1, Ordering::SeqCst) < self.times {
            return Err((self.failure)());
        }
        save(&self.pool, job.key, &fence).await
    }
}

pub fn cause() -> Cause {
    Cause::new("test-failure", "as the test wants it")
}

/// Writes the deaths of jobs into the table of effects, so that a test sees what it committed.
pub struct Mourner;

#[async_trait]
impl OnDead for Mourner {
    async fn dead(
        &self,
        tx: &mut PgTransaction<'_>,
        job: &Job,
        _: &Cause,
    ) -> Result<(), sqlx::Error> {
        sqlx::query("insert into effects (key) values ($1)")
            .bind(job.key)
            .execute(&mut **tx)
            .await
            .map(|_| ())
    }
}
