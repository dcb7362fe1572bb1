//! Jobs that are done together.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jobs::{BatchHandler, Failure, Job, Pool};
use kernel::Fence;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testkit::eventually_true;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::bench::{Bench, KIND, Running, SOON, tenth, with};
use crate::handlers::{cause, down};

/// Saves the effects of a whole batch in one transaction, and notes how long each batch was.
struct Together {
    pool: PgPool,
    /// Called before anything is saved.
    before: &'static str,
    reject: Uuid,
    lengths: Arc<Mutex<Vec<usize>>>,
}

impl Together {
    async fn save(&self, jobs: &[&(Job, Fence)]) -> Result<(), sqlx::Error> {
        let mut tx = self.pool.begin().await?;
        let fences: Vec<Fence> = jobs.iter().map(|(_, fence)| *fence).collect();
        let ours = jobs::finish_all(&mut tx, &fences).await?;
        let keys: Vec<Uuid> = jobs
            .iter()
            .filter(|(_, fence)| ours.contains(fence))
            .map(|(job, _)| job.key)
            .collect();
        sqlx::query("insert into effects (key) select unnest($1::uuid[])")
            .bind(keys)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }
}

#[async_trait]
impl BatchHandler for Together {
    async fn handle(
        &self,
        jobs: &[(Job, Fence)],
        _: CancellationToken,
    ) -> Result<Vec<(Fence, Failure)>, Failure> {
        self.lengths.lock().unwrap().push(jobs.len());
        let before = sqlx::query(self.before).execute(&self.pool);
        before.await.map_err(down)?;
        let (bad, good): (Vec<_>, Vec<_>) =
            jobs.iter().partition(|(job, _)| job.key == self.reject);
        self.save(&good).await.map_err(down)?;
        let failed = bad.iter();
        Ok(failed
            .map(|(_, fence)| (*fence, Failure::Reject(cause())))
            .collect())
    }
}

/// So many jobs are done by one worker, which finds them all in the stream.
async fn done_together(
    options: PgConnectOptions,
    keys: &[Uuid],
    before: &'static str,
    reject: Uuid,
) -> (Bench, Running, Arc<Mutex<Vec<usize>>>) {
    let bench = Bench::with(options, with(with(tenth(), "window", 64), "slots", 64)).await;
    let relay = bench.relay();
    for key in keys {
        bench.enqueue(*key).await;
    }
    let lengths = Arc::new(Mutex::new(Vec::new()));
    let together = Together {
        pool: bench.pool.clone(),
        before,
        reject,
        lengths: lengths.clone(),
    };
    let count = i64::try_from(keys.len()).unwrap();
    eventually_true("published jobs", SOON, async || {
        let queued = "select count(*) from jobs where state = 'queued'";
        bench.number(queued).await == count
    })
    .await;
    let pool = Pool::new(bench.queue.clone());
    let pool = pool.handle_batches(KIND, Arc::new(together), Arc::new(()));
    let worker = Running::start(|stop| pool.run(stop));
    eventually_true("settled jobs", SOON, async || {
        let stats = bench.queue.stats().await;
        stats.queued == Some(0) && stats.pending == Some(0) && stats.lag == Some(0)
    })
    .await;
    relay.stop().await;
    (bench, worker, lengths)
}

fn keys(count: usize) -> Vec<Uuid> {
    (0..count).map(|_| Uuid::new_v4()).collect()
}

#[sqlx::test(migrations = false)]
async fn a_refused_fence_undoes_nobody_elses_work(_: PgPoolOptions, options: PgConnectOptions) {
    // Somebody else claims three of them.
    let before = "update jobs set fence = 2, worker = 'other',
                      lease_until = now() + '1 h'::interval
                  where id in (select id from jobs order by id limit 3)";
    let (bench, worker, lengths) = done_together(options, &keys(50), before, Uuid::nil()).await;
    assert_eq!(*lengths.lock().unwrap(), [50]);
    let done = "select count(*) from jobs where state = 'done' and fence = 1";
    assert_eq!(bench.number(done).await, 47);
    let others = "select count(*) from jobs where state = 'running' and fence = 2";
    assert_eq!(bench.number(others).await, 3);
    let effects = "select count(distinct key) from effects join jobs using (key)
                   where state = 'done'";
    assert_eq!(bench.number(effects).await, 47);
    assert_eq!(bench.number("select count(*) from effects").await, 47);
    let transactions = "select count(distinct xmin::text) from effects";
    assert_eq!(bench.number(transactions).await, 1);
    worker.stop().await;
}

#[sqlx::test(migrations = false)]
async fn one_that_fails_by_itself_fails_alone(_: PgPoolOptions, options: PgConnectOptions) {
    let keys = keys(60);
    let (bench, worker, lengths) = done_together(options, &keys, "select", keys[7]).await;
    let lengths = lengths.lock().unwrap().clone();
    assert_eq!(lengths.iter().sum::<usize>(), 60);
    assert!(lengths.iter().all(|length| *length <= 50), "{lengths:?}");
    let done = "select count(*) from jobs where state = 'done'";
    assert_eq!(bench.number(done).await, 59);
    assert_eq!(bench.number("select count(*) from dead_letters").await, 1);
    assert_eq!(bench.effects(keys[7]).await, 0);
    worker.stop().await;
}

#[sqlx::test(migrations = false)]
async fn a_batch_that_fails_is_done_again(_: PgPoolOptions, options: PgConnectOptions) {
    struct Once(Together, Mutex<bool>);
    #[async_trait]
    impl BatchHandler for Once {
        async fn handle(
            &self,
            jobs: &[(Job, Fence)],
            cancel: CancellationToken,
        ) -> Result<Vec<(Fence, Failure)>, Failure> {
            if !std::mem::replace(&mut *self.1.lock().unwrap(), true) {
                return Err(Failure::Unavailable(cause()));
            }
            self.0.handle(jobs, cancel).await
        }
    }
    let bench = Bench::new(options).await;
    let together = Together {
        pool: bench.pool.clone(),
        before: "select",
        reject: Uuid::nil(),
        lengths: Arc::default(),
    };
    let pool = Pool::new(bench.queue.clone());
    let once = Arc::new(Once(together, Mutex::new(false)));
    let pool = pool.handle_batches(KIND, once, Arc::new(()));
    let _worker = Running::start(|stop| pool.run(stop));
    let _relay = bench.relay();
    for key in keys(6) {
        let job = bench.enqueue(key).await;
        let row = bench.reaches(job, "done").await;
        assert_eq!((row.attempt, row.crashes), (1, 0));
    }
    assert_eq!(bench.number("select count(*) from effects").await, 6);
    bench.settles().await;
}
