//! Many jobs at once.

use std::time::Duration;

use anyhow::Context as _;
use sqlx::PgPool;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::player::KIND;
use crate::world::{Actor, Role, World};

const STORM: i64 = 100_000;
const BACKLOG: i64 = 1_000_000;

/// On whose behalf they are.
const CROWD: Uuid = Uuid::from_u128(100);

/// How long a backlog is looked at.
const LOOKED_AT: Duration = Duration::from_secs(15);

/// What a relay may grow by, in KiB.
const GROWTH: u64 = 16 * 1024;

/// One of them a run is enough.
pub(super) async fn storm(world: &mut World) -> anyhow::Result<()> {
    if world.asked.is_empty() {
        ask(&world.pool, STORM).await?;
        world.asked = remaining(&world.pool).await?;
    }
    Ok(())
}

/// While nobody works the lag is exact, and a relay does not grow. What was not published is
/// taken back afterwards: that it gets done is seen elsewhere.
pub(super) async fn backlog(world: &mut World) -> anyhow::Result<()> {
    if !world.asked.is_empty() {
        return Ok(());
    }
    let before = memory(world)?;
    for worker in world.cast(Role::Worker) {
        world.actor(worker)?.stop().await?;
    }
    ask(&world.pool, BACKLOG).await?;
    let end = Instant::now() + LOOKED_AT;
    let mut longest = 0;
    while Instant::now() < end {
        let look = world.stream().await?.look;
        let (lag, unread) = (look.lag, look.unread);
        anyhow::ensure!(lag == unread, "lag {lag}, unread {unread}");
        longest = longest.max(lag);
        sleep(Duration::from_millis(100)).await;
    }
    anyhow::ensure!(longest > 0, "a million jobs wait and KEDA sees none");
    for (before, after) in before.into_iter().zip(memory(world)?) {
        let grown = after.saturating_sub(before);
        anyhow::ensure!(grown < GROWTH, "a relay grew from {before} to {after} KiB");
    }
    sqlx::query("delete from jobs where state = 'ready' and tenant = $1")
        .bind(CROWD)
        .execute(&world.pool)
        .await?;
    world.asked = remaining(&world.pool).await?;
    for worker in world.cast(Role::Worker) {
        world.actor(worker)?.launch()?;
    }
    Ok(())
}

/// Jobs that are due at once and done at once: their keys begin with a zero.
async fn ask(pool: &PgPool, count: i64) -> anyhow::Result<()> {
    sqlx::query(
        "insert into jobs (kind, key, tenant)
         select $1, overlay(gen_random_uuid()::text placing '00' from 1 for 2)::uuid, $2
         from generate_series(1, $3)",
    )
    .bind(KIND)
    .bind(CROWD)
    .bind(count)
    .execute(pool)
    .await?;
    Ok(())
}

async fn remaining(pool: &PgPool) -> anyhow::Result<Vec<Uuid>> {
    let keys = sqlx::query_scalar("select key from jobs where tenant = $1");
    Ok(keys.bind(CROWD).fetch_all(pool).await?)
}

/// What each relay has in memory, in KiB.
fn memory(world: &World) -> anyhow::Result<Vec<u64>> {
    let relays = world.actors.iter().filter(|it| it.role == Role::Relay);
    relays.filter_map(Actor::pid).map(resident).collect()
}

fn resident(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let words = line.context("the system tells what a process has in memory")?;
    Ok(words.trim().trim_end_matches(" kB").parse()?)
}
