use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use testkit::{Postgres, PostgresPlace, ServerUser, free_port};

/// Room for an empty cluster and what a run writes, and little more.
const SIZE: &str = "size=224m,mode=755";

/// A small disk in memory, gone when it is dropped.
#[derive(Debug)]
pub struct Disk(PathBuf);

impl Disk {
    /// Whether one can be made here, or why not.
    pub fn can_be() -> Result<(), &'static str> {
        if !nix::unistd::Uid::effective().is_root() {
            return Err("only root may mount a small disk");
        }
        if testkit::programs::find("mount").is_none() {
            return Err("mount is not installed");
        }
        Ok(())
    }

    pub(super) fn mount(world: &Path) -> anyhow::Result<Self> {
        // Postgres is another user, who must get there.
        fs::set_permissions(world, Permissions::from_mode(0o755))?;
        let folder = world.join("disk");
        fs::create_dir(&folder)?;
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", SIZE, "tmpfs"])
            .arg(&folder);
        let status = mount.status().context("mount could not be started")?;
        anyhow::ensure!(status.success(), "a small disk could not be mounted");
        Ok(Self(folder))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A Postgres whose data lie there.
    pub(super) async fn postgres(&self) -> anyhow::Result<Postgres> {
        let user = ServerUser::unprivileged()?;
        user.own(&self.0)?;
        let place = PostgresPlace {
            data: self.0.join("data"),
            log: self.0.with_extension("log"),
            port: free_port(),
            user,
            password: None,
            careless: true,
        };
        let postgres = Postgres::open(place).await?;
        postgres
            .psql("postgres", "alter system set max_wal_size = '64MB'")
            .await;
        postgres.psql("postgres", "select pg_reload_conf()").await;
        Ok(postgres)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Nothing more can be done about one that stays.
        let _stays = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}
