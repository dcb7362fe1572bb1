//! One private world: servers, ways to them, and the processes that use them.

mod actor;
mod disk;
mod ledger;
mod stream;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};
use sqlx::PgPool;
use tempfile::TempDir;
use testkit::{Keeps, Postgres, Redis, RedisPlace, free_port};
use uuid::Uuid;

pub use self::actor::{Actor, Role};
pub use self::disk::Disk;
pub use self::stream::StreamState;
use crate::player::Mood;
use crate::proxy::{Proxy, Weather};

/// What a world is made of.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// How many relay processes.
    pub relays: usize,
    /// How many worker processes.
    pub workers: usize,
    /// What Redis keeps over a restart.
    pub keeps: Keeps,
    /// Whether the clocks of the processes differ by hours; needs faketime.
    pub wrong_clocks: bool,
    /// Whether Postgres has a disk of its own that is soon full; needs root.
    pub small_disk: bool,
}

/// Servers, ways and processes; all end when it is dropped.
#[derive(Debug)]
pub struct World {
    /// Relays first, then workers. Before the servers: they end first.
    pub actors: Vec<Actor>,
    /// The ledger.
    pub postgres: Postgres,
    /// The stream.
    pub redis: Redis,
    /// The way of those who ask for jobs.
    pub front: Proxy,
    /// The way of those who watch the stream.
    pub watch: Proxy,
    /// The disk of Postgres, if it is small. After Postgres, which ends first.
    pub disk: Option<Disk>,
    /// The keys of jobs that the nemesis asked for.
    pub asked: Vec<Uuid>,
    /// Straight to the ledger, whatever the weather.
    pub pool: PgPool,
    keeps: Keeps,
    redises: usize,
    folder: TempDir,
}

/// By how much clocks differ, where they do.
const CLOCKS: [&str; 3] = ["+1h", "-1h", "+0"];

/// How jobs are treated here: leases and the relay's passes as in production, waits for another
/// try much shorter.
pub fn limits() -> Value {
    json!({
        "slots": 8, "lease_ms": 10_000, "heartbeat_ms": 3_000, "reaper_ms": 1_000,
        "poll_ms": 200, "block_ms": 1_000, "idle_ms": 12_000, "max_attempts": 4,
        "max_crashes": 5, "backoff_ms": 100, "backoff_cap_ms": 1_000,
        "unavailable_cap_ms": 1_000, "drain_ms": 4_000, "window": 64,
        "breaker_after": 20, "keep_hours": 168,
    })
}

impl World {
    /// Starts servers and processes; `program` plays the roles.
    pub async fn start(program: &Path, size: Size) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("storyloom-faults-")?;
        let disk = size.small_disk.then(|| Disk::mount(folder.path()));
        let disk = disk.transpose()?;
        let postgres = match &disk {
            Some(disk) => disk.postgres().await?,
            None => Postgres::try_start().await?,
        };
        let redis = redis(&folder, 0, size.keeps).await?;
        let pool = ledger::lay_out(&postgres).await?;
        let front = Proxy::to(postgres.port()).await?;
        let redis_port = redis.port();
        let mut world = Self {
            actors: Vec::new(),
            postgres,
            redis,
            front,
            watch: Proxy::to(redis_port).await?,
            disk,
            asked: Vec::new(),
            pool,
            keeps: size.keeps,
            redises: 1,
            folder,
        };
        let relays = std::iter::repeat_n(Role::Relay, size.relays);
        let workers = std::iter::repeat_n(Role::Worker, size.workers);
        for (nth, role) in relays.chain(workers).enumerate() {
            let log = world
                .folder
                .path()
                .join(format!("{}-{nth}.log", role.name()));
            let ports = (world.postgres.port(), world.redis.port());
            let clock = CLOCKS.iter().cycle().nth(nth).filter(|_| size.wrong_clocks);
            let actor = Actor::start(program, role, ports, log, clock.copied()).await?;
            world.actors.push(actor);
        }
        Ok(world)
    }

    /// The URL of the ledger by a port.
    pub fn ledger_at(port: u16) -> String {
        ledger::url(port)
    }

    /// The actors of a role.
    pub fn cast(&self, role: Role) -> Vec<usize> {
        let actors = self.actors.iter().enumerate();
        let of_role = actors.filter(|(_, actor)| actor.role == role);
        of_role.map(|(nth, _)| nth).collect()
    }

    /// One of the actors.
    pub fn actor(&mut self, nth: usize) -> anyhow::Result<&mut Actor> {
        self.actors.get_mut(nth).context("there is such an actor")
    }

    /// Clears all ways.
    pub fn clear(&self) {
        self.front.set(Weather::Clear);
        for actor in &self.actors {
            actor.to_postgres.set(Weather::Clear);
            actor.to_redis.set(Weather::Clear);
        }
    }

    /// An empty Redis more.
    pub async fn another_redis(&mut self) -> anyhow::Result<Redis> {
        self.redises += 1;
        redis(&self.folder, self.redises, self.keeps).await
    }

    /// Puts another Redis in the place of the one that was killed.
    pub fn succeed(&mut self, redis: Redis) {
        let ways = self.actors.iter().map(|actor| &actor.to_redis);
        for way in ways.chain([&self.watch]) {
            way.lead_to(redis.port());
        }
        self.redis = redis;
    }

    /// How many jobs were asked for that take workers along.
    pub fn poison(&self) -> usize {
        let keys = self.asked.iter();
        keys.filter(|key| Mood::of(**key) == Mood::Eats).count()
    }

    /// Starts workers again that died of a job, as their supervisor would. Elsewhere nobody
    /// dies by itself.
    pub fn revive(&mut self) -> anyhow::Result<()> {
        if self.poison() == 0 {
            return Ok(());
        }
        for actor in &mut self.actors {
            if actor.has_failed()? {
                actor.killed += 1;
                actor.launch()?;
            }
        }
        Ok(())
    }

    /// Has all logs kept when the world ends; answers where.
    pub fn keep(mut self) -> PathBuf {
        self.folder.disable_cleanup(true);
        self.folder.path().to_owned()
    }
}

async fn redis(world: &TempDir, nth: usize, keeps: Keeps) -> anyhow::Result<Redis> {
    let folder = world.path().join(format!("redis-{nth}"));
    std::fs::create_dir(&folder)?;
    let place = RedisPlace {
        log: world.path().join(format!("redis-{nth}.log")),
        port: free_port(),
        folder,
        keeps,
    };
    Redis::open(place).await
}
