//! The processes that the nemesis plays with: relays, and workers whose jobs write rows.

mod handler;
mod mood;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use datastores::redis::{Redis, RedisSettings};
use jobs::{Pool, Queue, Relay, Settings, StreamSpec, Wake};
use nix::sys::resource::{Resource, setrlimit};
use serde_json::json;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use self::handler::Moody;
pub use self::mood::Mood;

/// The kind of all jobs here.
pub const KIND: &str = "faulty";

/// The lane of all jobs here.
pub const SPEC: StreamSpec = StreamSpec::interactive("faults");

/// How much a worker may have in its address space.
const MEMORY: u64 = 2 << 30;

/// Where a process finds what it needs, and how it is to treat jobs.
#[derive(Debug, Clone, clap::Args)]
pub struct Place {
    /// The URL of the ledger
    #[arg(long)]
    postgres: String,
    /// The URL of the stream
    #[arg(long)]
    redis: String,
    /// Limits and times of jobs, as JSON
    #[arg(long)]
    settings: String,
}

impl Place {
    /// What the process is told on its command line.
    pub fn arguments(postgres: &str, redis: &str, settings: &serde_json::Value) -> Vec<String> {
        let settings = settings.to_string();
        let pairs = [
            ("--postgres", postgres),
            ("--redis", redis),
            ("--settings", &settings),
        ];
        let words = pairs.into_iter().flat_map(|(name, value)| [name, value]);
        words.map(ToOwned::to_owned).collect()
    }

    fn pool(&self) -> anyhow::Result<PgPool> {
        Ok(PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(Duration::from_secs(4))
            .connect_lazy(&self.postgres)?)
    }

    fn queue(&self) -> anyhow::Result<Queue> {
        let settings: Settings = serde_json::from_str(&self.settings)?;
        let reached = json!({
            "url": self.redis, "ca": "", "password": "", "response_timeout_ms": 500,
        });
        let reached: RedisSettings = serde_json::from_value(reached)?;
        Ok(Queue::new(
            self.pool()?,
            Redis::new(&reached)?,
            SPEC,
            settings,
        ))
    }
}

/// Relays until SIGTERM.
pub async fn relay(place: &Place) -> anyhow::Result<ExitCode> {
    log();
    let relay = Relay::new(place.queue()?, Wake::default()).kind(KIND, Arc::new(()));
    relay.run(terminated()?).await;
    Ok(ExitCode::SUCCESS)
}

/// Works until SIGTERM.
pub async fn worker(place: &Place) -> anyhow::Result<ExitCode> {
    log();
    setrlimit(Resource::RLIMIT_AS, MEMORY, MEMORY)?;
    let moody = Arc::new(Moody(place.pool()?));
    let pool = Pool::new(place.queue()?).handle(KIND, moody, Arc::new(()));
    pool.run(terminated()?).await;
    Ok(ExitCode::SUCCESS)
}

fn log() {
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_target(false)
        .with_writer(std::io::stderr)
        .init();
}

/// Fires at SIGTERM.
fn terminated() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let fires = stop.clone();
    let mut asked = signal(SignalKind::terminate())?;
    // Beside the pool, which ends the process.
    #[expect(
        clippy::disallowed_methods,
        reason = "ends with the process, which it ends"
    )]
    tokio::spawn(async move {
        asked.recv().await;
        fires.cancel();
    });
    Ok(stop)
}
