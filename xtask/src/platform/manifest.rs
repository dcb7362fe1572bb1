//! `platform.json`: where everything is, for tests and people.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::tree;

/// Where everything is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    pub front: String,
    pub inbox: String,
    pub smtp: String,
    pub postgres: String,
    pub redis: String,
    pub services: Vec<RunningService>,
}

/// A process of the product.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunningService {
    pub name: String,
    pub role: String,
    pub pid: u32,
    pub ops: String,
    pub log: PathBuf,
}

impl Manifest {
    /// Where it lies.
    pub fn path(folder: &Path) -> PathBuf {
        folder.join("platform.json")
    }

    /// Of a platform that is running there; nothing if none is.
    pub fn of_running(folder: &Path) -> Option<Self> {
        let content = fs::read(Self::path(folder)).ok()?;
        let manifest: Self = serde_json::from_slice(&content).ok()?;
        let lives = |it: &RunningService| {
            i32::try_from(it.pid).is_ok_and(|pid| kill(Pid::from_raw(pid), None).is_ok())
        };
        manifest.services.iter().any(lives).then_some(manifest)
    }

    /// Replaces the file. It names a database password, so it is closed to others.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let content = serde_json::to_string_pretty(self)?;
        let path = Self::path(folder);
        tree::write_private(&path, &content).with_context(|| path.display().to_string())
    }

    /// Removes the file, if it is there.
    pub fn remove(folder: &Path) {
        let _absent = fs::remove_file(Self::path(folder));
    }
}
