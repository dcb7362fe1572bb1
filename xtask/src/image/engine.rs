//! Container engines of this machine, which images can be loaded into.

use std::path::Path;

use anyhow::Context as _;
use clap::ValueEnum;
use testkit::programs;
use tokio::process::Command;

use crate::kind::CLUSTER;

/// Who takes an archive without a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    Docker,
    Podman,
    /// The nodes of the cluster that `cargo xtask kind up` makes
    Kind,
}

impl Engine {
    fn program(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Kind => "kind",
        }
    }

    /// Loads the image of this archive, which keeps its name.
    pub async fn load(self, archive: &Path) -> anyhow::Result<()> {
        let program = programs::find(self.program());
        let program = program.with_context(|| format!("there is no {} here", self.program()))?;
        let mut command = Command::new(program);
        match self {
            Self::Docker | Self::Podman => command.args(["load", "--quiet", "--input"]),
            Self::Kind => command.args(["load", "image-archive", "--name", CLUSTER]),
        };
        let loaded = command.arg(archive).kill_on_drop(true).output().await?;
        let said = String::from_utf8_lossy(&loaded.stderr);
        anyhow::ensure!(loaded.status.success(), "{}", said.trim());
        Ok(())
    }
}
