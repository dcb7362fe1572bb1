//! `platform.json`: where everything is, for tests and people.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::lock::Lock;
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

    /// Of a platform that runs there and is ready; nothing if none is.
    pub fn of_running(folder: &Path) -> Option<Self> {
        if !Lock::is_taken(folder) {
            return None;
        }
        let content = fs::read(Self::path(folder)).ok()?;
        serde_json::from_slice(&content).ok()
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
