use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jobs::{Cause, Failure, Wake};
use outbox::{Deliver, Message, Relay, Settings};
use serde_json::json;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub const TOPIC: &str = "test.topic";

/// For conditions that hold soon; generous, since machines are slow at times.
pub const SOON: Duration = Duration::from_secs(20);

/// What a receiver does with the next call.
pub enum Answer {
    Take,
    Fail(Failure),
    Panic,
    /// Takes it, and answers nobody knows when.
    Hang,
}

/// A receiver that follows a script, then takes everything.
#[derive(Default)]
pub struct Receiver {
    pub script: Mutex<VecDeque<Answer>>,
    pub got: Mutex<Vec<(Uuid, Vec<u8>)>>,
}

impl Receiver {
    pub fn with(script: Vec<Answer>) -> Arc<Self> {
        Arc::new(Self {
            script: Mutex::new(script.into()),
            got: Mutex::default(),
        })
    }

    pub fn calls(&self) -> usize {
        self.got.lock().unwrap().len()
    }
}

#[async_trait]
impl Deliver for Receiver {
    async fn deliver(&self, id: Uuid, payload: &[u8]) -> Result<(), Failure> {
        self.got.lock().unwrap().push((id, payload.to_vec()));
        let answer = self.script.lock().unwrap().pop_front();
        match answer.unwrap_or(Answer::Take) {
            Answer::Take => Ok(()),
            Answer::Fail(failure) => Err(failure),
            Answer::Panic => panic!("as the test wants it"),
            Answer::Hang => std::future::pending().await,
        }
    }
}

pub fn cause() -> Cause {
    Cause::new("test-failure", "as the test wants it")
}

pub struct Bench {
    pub pool: PgPool,
    pub wake: Wake,
}

impl Bench {
    pub async fn new(options: PgConnectOptions) -> Self {
        let pool = PgPoolOptions::new()
            .acquire_timeout(Duration::from_secs(1))
            .connect_lazy_with(options);
        sqlx::raw_sql(include_str!("../../ddl.sql"))
            .execute(&pool)
            .await
            .unwrap();
        Self {
            pool,
            wake: Wake::default(),
        }
    }

    pub fn relay(&self, receiver: &Arc<Receiver>) -> Running {
        self.relay_of(TOPIC, receiver, 20)
    }

    pub fn relay_of(&self, topic: &'static str, receiver: &Arc<Receiver>, poll: u64) -> Running {
        let settings: Settings = serde_json::from_value(json!({
            "poll_ms": poll, "concurrency": 4, "timeout_ms": 300, "backoff_cap_ms": 50,
            "alert_after_ms": 1, "keep_ms": 1,
        }))
        .unwrap();
        let relay = Relay::new(self.pool.clone(), settings, self.wake.clone());
        let relay = relay.topic(topic, receiver.clone());
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(relay.run(stop.clone()));
        Running { stop, tasks }
    }

    pub async fn put(&self, id: Uuid) {
        let mut tx = self.pool.begin().await.unwrap();
        let message = Message {
            id,
            topic: TOPIC,
            payload: b"what is said".to_vec(),
        };
        outbox::put(&mut tx, &message).await.unwrap();
        tx.commit().await.unwrap();
        self.wake.wake();
    }

    pub async fn number(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query)
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    /// Messages that are neither delivered nor refused.
    pub async fn waiting(&self) -> i64 {
        outbox::stats(&self.pool).await.unwrap().waiting
    }
}

/// A relay that runs.
pub struct Running {
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Running {
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
