//! The next version of this checkout, made from it: see `tests/upgrade/README.md`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context as _;
use tokio::process::Command;

use crate::{cargo, environment, tree};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const OWNERS: [&str; 3] = ["auth", "notification", "story"];

/// Where the next version is.
pub struct Next {
    tree: PathBuf,
    pub version: String,
}

impl Next {
    /// Makes the tree and its images. What others wrote is compiled once for both versions.
    pub async fn make() -> anyhow::Result<Self> {
        let next = Self {
            tree: tree::root().join("target/upgrade/tree"),
            version: next_version(VERSION)?,
        };
        next.copy_tracked().await?;
        next.add_migrations()?;
        next.bump()?;
        next.compile().await?;
        Ok(next)
    }

    /// Its chart.
    pub fn chart(&self) -> PathBuf {
        self.tree.join("charts/storyloom")
    }

    /// Its images.
    pub fn images(&self) -> anyhow::Result<Vec<PathBuf>> {
        let folder = fs::read_dir(self.tree.join("target/images"))?;
        let files = folder.map(|it| it.map(|it| it.path()));
        let mut images = files.collect::<Result<Vec<_>, _>>()?;
        images.retain(|it| it.extension().is_some_and(|it| it == "tar"));
        Ok(images)
    }

    /// A file is written only where it differs, so that cargo compiles again only what changed.
    async fn copy_tracked(&self) -> anyhow::Result<()> {
        let files = Command::new("git")
            .args(["ls-files", "-z"])
            .current_dir(tree::root())
            .stderr(Stdio::inherit())
            .output();
        let files = files.await.context("git cannot be run")?;
        anyhow::ensure!(files.status.success(), "git does not list the files");
        let names = String::from_utf8(files.stdout)?;
        for name in names.split_terminator('\0') {
            let from = tree::root().join(name);
            if from.is_file() {
                write(&self.tree.join(name), &fs::read(&from)?)?;
            }
        }
        Ok(())
    }

    fn add_migrations(&self) -> anyhow::Result<()> {
        for owner in OWNERS {
            let file = format!("{owner}/9999_next.sql");
            let migration = fs::read(tree::root().join("tests/upgrade").join(&file))?;
            write(&self.tree.join("migrations").join(&file), &migration)?;
        }
        Ok(())
    }

    fn bump(&self) -> anyhow::Result<()> {
        for (file, replace) in [
            ("Cargo.toml", manifest as fn(&str, &str) -> String),
            ("Cargo.lock", lock),
            ("charts/storyloom/Chart.yaml", chart),
        ] {
            let text = fs::read_to_string(tree::root().join(file))?;
            let bumped = replace(&text, &self.version);
            anyhow::ensure!(bumped != text, "{file} does not name the version {VERSION}");
            write(&self.tree.join(file), bumped.as_bytes())?;
        }
        Ok(())
    }

    /// With the tool of that version, into the folder where this one was compiled.
    async fn compile(&self) -> anyhow::Result<()> {
        let mut command = Command::new(environment::cargo());
        command
            .args([
                "run",
                "--quiet",
                "--package",
                "xtask",
                "--",
                "image",
                "--dev",
            ])
            .current_dir(&self.tree)
            .env("CARGO_TARGET_DIR", cargo::target_folder().await?)
            .env("SQLX_OFFLINE", "true")
            .kill_on_drop(true);
        anyhow::ensure!(
            command.status().await?.success(),
            "the next version has no images"
        );
        Ok(())
    }
}

/// Writes a file if it is not so already.
fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    if fs::read(path).is_ok_and(|there| there == content) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().context("a file is in a folder")?)?;
    Ok(fs::write(path, content)?)
}

/// `0.1.1` after `0.1.0`.
fn next_version(version: &str) -> anyhow::Result<String> {
    let (most, patch) = version.rsplit_once('.').context("a version has dots")?;
    let patch: u32 = patch.parse().context("a version ends with a number")?;
    Ok(format!("{most}.{}", patch + 1))
}

/// The workspace's version is the first in its manifest.
fn manifest(text: &str, version: &str) -> String {
    text.replacen(&version_line(VERSION), &version_line(version), 1)
}

/// What has no source is of the workspace.
fn lock(text: &str, version: &str) -> String {
    let packages = text.split("\n[[package]]\n").map(|package| {
        if package.contains("\nsource = ") {
            package.to_owned()
        } else {
            package.replacen(&version_line(VERSION), &version_line(version), 1)
        }
    });
    packages.collect::<Vec<_>>().join("\n[[package]]\n")
}

fn version_line(version: &str) -> String {
    format!("version = \"{version}\"\n")
}

fn chart(text: &str, version: &str) -> String {
    text.replace(
        &format!("\nversion: {VERSION}\n"),
        &format!("\nversion: {version}\n"),
    )
    .replace(
        &format!("\nappVersion: \"{VERSION}\"\n"),
        &format!("\nappVersion: \"{version}\"\n"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_ours_gets_the_next_version() {
        assert_eq!(next_version("0.1.9").unwrap(), "0.1.10");
        let ours = format!("\nname = \"ours\"\nversion = \"{VERSION}\"\n");
        let theirs = format!("\nname = \"theirs\"\nversion = \"{VERSION}\"\nsource = \"r\"\n");
        let both = format!("version = 4\n\n[[package]]{ours}\n[[package]]{theirs}");
        let bumped = lock(&both, "7.7.7");
        assert!(
            bumped.contains("name = \"ours\"\nversion = \"7.7.7\"\n"),
            "{bumped}"
        );
        assert!(bumped.ends_with(&theirs), "{bumped}");
    }

    #[test]
    fn this_checkout_can_be_bumped() {
        for (file, replace) in [
            ("Cargo.toml", manifest as fn(&str, &str) -> String),
            ("Cargo.lock", lock),
            ("charts/storyloom/Chart.yaml", chart),
        ] {
            let text = fs::read_to_string(tree::root().join(file)).unwrap();
            let bumped = replace(&text, "7.7.7");
            assert!(bumped.contains("7.7.7") && bumped != text, "{file}");
        }
        let chart = chart(
            &fs::read_to_string(tree::root().join("charts/storyloom/Chart.yaml")).unwrap(),
            "7.7.7",
        );
        assert_eq!(chart.matches("7.7.7").count(), 2);
    }
}
