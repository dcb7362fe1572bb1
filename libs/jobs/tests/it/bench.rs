use std::sync::Arc;
use std::time::Duration;

use datastores::redis::{Redis, RedisSettings};
use jobs::{
    Enqueued, Handler, Job, Lane, OnDead, Pool, Probe, Queue, Relay, Settings, StreamSpec, Wake,
};
use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testkit::eventually_true;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The kind that every test uses.
pub const KIND: &str = "test";

/// For conditions that hold soon; generous, since machines are slow at times.
pub const SOON: Duration = Duration::from_secs(20);

/// A tenth of what services use.
pub fn tenth() -> Value {
    json!({
        "slots": 4, "lease_ms": 1_000, "heartbeat_ms": 300, "reaper_ms": 100, "poll_ms": 20,
        "block_ms": 100, "idle_ms": 1_200, "max_attempts": 3, "max_crashes": 3, "backoff_ms": 20,
        "backoff_cap_ms": 100, "unavailable_cap_ms": 100, "drain_ms": 8_000, "window": 8,
        "breaker_after": 20, "keep_hours": 168,
    })
}

pub fn with(mut settings: Value, key: &str, value: u64) -> Value {
    settings[key] = json!(value);
    settings
}

/// One queue, on a database and a Redis of its own.
pub struct Bench {
    pub pool: PgPool,
    pub redis: testkit::Redis,
    pub queue: Queue,
    /// The other lane, of the same tables.
    pub bulk: Queue,
    pub wake: Wake,
}

/// What the ledger says of a job.
#[derive(Debug, sqlx::FromRow)]
pub struct Row {
    pub state: String,
    pub attempt: i32,
    pub crashes: i32,
    pub fence: i64,
    pub last_error: Option<String>,
}

impl Bench {
    /// On the database that `#[sqlx::test]` made.
    pub async fn new(options: PgConnectOptions) -> Self {
        Self::with(options, tenth()).await
    }

    pub async fn with(options: PgConnectOptions, settings: Value) -> Self {
        Self::on(testkit::Redis::start().await, options, settings).await
    }

    pub async fn on(redis: testkit::Redis, options: PgConnectOptions, settings: Value) -> Self {
        let settings: Settings = serde_json::from_value(settings).unwrap();
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(Duration::from_secs(1))
            .connect_lazy_with(options);
        let tables = [
            include_str!("../../ddl.sql"),
            include_str!("../../ddl_upkeep.sql"),
        ];
        for tables in tables {
            sqlx::raw_sql(tables).execute(&pool).await.unwrap();
        }
        let effects = "create table effects (key uuid not null)";
        sqlx::raw_sql(effects).execute(&pool).await.unwrap();
        let url =
            json!({ "url": redis.url(), "ca": "", "password": "", "response_timeout_ms": 500 });
        let reached: RedisSettings = serde_json::from_value(url).unwrap();
        let reached = Redis::new(&reached).unwrap();
        let lane = |lane| {
            let spec = StreamSpec::of("test", lane);
            Queue::new(pool.clone(), reached.clone(), spec, settings.clone())
        };
        Self {
            queue: lane(Lane::Interactive),
            bulk: lane(Lane::Bulk),
            pool,
            redis,
            wake: Wake::default(),
        }
    }

    /// A relay that knows the kind.
    pub fn relay(&self) -> Running {
        let relay = Relay::new(self.queue.clone(), self.wake.clone());
        let relay = relay.kind(KIND, Arc::new(()));
        Running::start(|stop| relay.run(stop))
    }

    /// A relay whose rounds are counted, or that freezes at a point.
    pub fn probed_relay(&self, probe: Arc<dyn Probe>) -> Running {
        let relay = Relay::new(self.queue.clone(), self.wake.clone());
        let relay = relay.kind(KIND, Arc::new(())).probe(probe);
        Running::start(|stop| relay.run(stop))
    }

    /// A worker that does the kind.
    pub fn worker(&self, handler: impl Handler + 'static) -> Running {
        self.mourning_worker(handler, Arc::new(()))
    }

    pub fn mourning_worker(
        &self,
        handler: impl Handler + 'static,
        on_dead: Arc<dyn OnDead>,
    ) -> Running {
        let pool = Pool::new(self.queue.clone()).handle(KIND, Arc::new(handler), on_dead);
        Running::start(|stop| pool.run(stop))
    }

    /// A worker whose rounds are counted, or that freezes at a point.
    pub fn probed_worker(&self, handler: impl Handler + 'static, probe: Arc<dyn Probe>) -> Running {
        let pool = Pool::new(self.queue.clone())
            .handle(KIND, Arc::new(handler), Arc::new(()))
            .probe(probe);
        Running::start(|stop| pool.run(stop))
    }

    /// Asks for a job and answers its id.
    pub async fn enqueue(&self, key: Uuid) -> Uuid {
        self.enqueue_for(key, Uuid::nil()).await.id()
    }

    pub async fn enqueue_for(&self, key: Uuid, tenant: Uuid) -> Enqueued {
        let mut tx = self.pool.begin().await.unwrap();
        let job = Job {
            kind: KIND,
            key,
            tenant,
        };
        let enqueued = jobs::enqueue(&mut tx, &job).await.unwrap();
        tx.commit().await.unwrap();
        self.wake.wake();
        enqueued
    }

    pub async fn row(&self, job: Uuid) -> Row {
        sqlx::query_as("select state, attempt, crashes, fence, last_error from jobs where id = $1")
            .bind(job)
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    pub async fn number(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query)
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    pub async fn effects(&self, key: Uuid) -> i64 {
        sqlx::query_scalar("select count(*) from effects where key = $1")
            .bind(key)
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    #[track_caller]
    pub fn reaches<'a>(&'a self, job: Uuid, state: &'a str) -> impl Future<Output = Row> + 'a {
        let reached = eventually_true(state, SOON, async move || {
            self.row(job).await.state == state
        });
        async move {
            reached.await;
            self.row(job).await
        }
    }

    /// Waits until every entry that was delivered is acknowledged.
    #[track_caller]
    pub fn settles(&self) -> impl Future<Output = ()> {
        eventually_true("pending = 0", SOON, async || {
            let stats = self.queue.stats().await;
            stats.pending == Some(0) && stats.lag == Some(0)
        })
    }

    pub async fn cli(&self, words: &[&str]) -> String {
        self.redis.cli(words).await
    }

    /// How many entries a stream holds.
    pub async fn length(&self, stream: &str) -> u64 {
        let answer = self.cli(&["XLEN", stream]).await;
        answer.trim().trim_start_matches(':').parse().unwrap()
    }

    pub async fn entries(&self) -> u64 {
        self.length(&stream()).await
    }
}

/// The stream of the queue.
pub fn stream() -> String {
    StreamSpec::interactive("test").stream()
}

/// A relay or worker that runs.
pub struct Running {
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Running {
    pub fn start<F>(run: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(run(stop.clone()));
        Self { stop, tasks }
    }

    /// Ends it as `kill -9` would.
    pub async fn kill(mut self) {
        self.tasks.shutdown().await;
    }

    /// Ends it as SIGTERM would.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let ended = timeout(SOON, self.tasks.join_next()).await;
        ended.expect("ends soon after SIGTERM").unwrap().unwrap();
    }
}
