//! What happens to Postgres and Redis.

use std::fs::File;
use std::io::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use rand::RngExt as _;
use tokio::time::{Instant, sleep};

use super::Nemesis;
use super::strike::command;
use crate::world::World;

/// How long a replica may take to have what the primary has.
const COPIES: Duration = Duration::from_secs(20);

impl Nemesis {
    pub(super) async fn kill_redis(&mut self, world: &mut World) -> anyhow::Result<()> {
        world.redis.kill().await;
        self.rest(0..3_000).await;
        world.redis.try_restart().await
    }

    pub(super) async fn age_redis(&mut self, world: &mut World) -> anyhow::Result<()> {
        command(world, &["SAVE"]).await?;
        self.rest(500..4_000).await;
        self.kill_redis(world).await
    }

    pub(super) async fn freeze_redis(&mut self, world: &mut World) -> anyhow::Result<()> {
        world.redis.pause();
        self.rest(100..6_000).await;
        world.redis.resume();
        Ok(())
    }

    pub(super) async fn squeeze(&mut self, world: &mut World, policy: &str) -> anyhow::Result<()> {
        let set = ["CONFIG", "SET", "maxmemory-policy"];
        command(world, &[&set[..], &[policy]].concat()).await?;
        command(world, &["CONFIG", "SET", "maxmemory", "1"]).await?;
        self.rest(500..4_000).await;
        command(world, &["CONFIG", "SET", "maxmemory", "0"]).await
    }

    pub(super) async fn restart_postgres(&mut self, world: &mut World) -> anyhow::Result<()> {
        if self.rng.random() {
            world.postgres.kill().await;
        } else {
            world.postgres.stop().await;
        }
        self.rest(0..3_000).await;
        world.postgres.try_restart().await
    }

    pub(super) async fn terminate(&mut self, world: &mut World) -> anyhow::Result<()> {
        let some = if self.rng.random() { 2 } else { 1 };
        sqlx::query(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where pid <> pg_backend_pid() and datname = current_database() and pid % $1 = 0",
        )
        .bind(some)
        .execute(&world.pool)
        .await?;
        Ok(())
    }

    /// What the replica did not get while it was frozen is lost, acknowledged or not.
    pub(super) async fn fail_over(&mut self, world: &mut World) -> anyhow::Result<()> {
        let heir = world.another_redis().await?;
        let port = world.redis.port().to_string();
        heir.cli(&["REPLICAOF", "127.0.0.1", &port]).await;
        let end = Instant::now() + COPIES;
        while !heir
            .cli(&["INFO", "replication"])
            .await
            .contains("master_link_status:up")
        {
            anyhow::ensure!(
                Instant::now() < end,
                "the replica got no copy within {COPIES:?}"
            );
            sleep(Duration::from_millis(20)).await;
        }
        self.rest(200..1_000).await;
        heir.pause();
        self.rest(500..3_000).await;
        world.redis.kill().await;
        heir.resume();
        heir.cli(&["REPLICAOF", "NO", "ONE"]).await;
        world.succeed(heir);
        Ok(())
    }

    pub(super) async fn fill_disk(&mut self, world: &mut World) -> anyhow::Result<()> {
        let disk = world.disk.as_ref().context("this world has a small disk")?;
        let filler = disk.path().join("filler");
        let mut file = File::create(&filler)?;
        // Until there is no room for more.
        while file.write_all(&[0; 8 * 1024]).is_ok() {}
        self.rest(500..4_000).await;
        drop(file);
        std::fs::remove_file(&filler)?;
        let process = world.postgres.process().context("it was started")?;
        if process.exited()?.is_some() {
            world.postgres.try_restart().await?;
        }
        Ok(())
    }
}
