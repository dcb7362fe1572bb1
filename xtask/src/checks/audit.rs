//! What is known against the dependencies: advisories, licences, versions, sources.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use flate2::read::GzDecoder;

use super::report::{Outcome, Report};
use crate::{cargo, console, environment, tools, tree};

/// Names `RustSec`'s advisories: an archive (`.tgz`) of a clone of their repository, or the folder
/// with an `advisory-db.tgz`.
const ADVISORIES: &str = "STORYLOOM_ADVISORIES";
/// Below the `db-path` of `deny.toml`; cargo-deny names it so after the repository's address.
const DATABASE: &str = "target/advisory-dbs/advisory-db-3157b0e258782691";

/// Checks it all.
pub async fn audit() -> anyhow::Result<ExitCode> {
    let mut report = Report::default();
    report.check("licences, versions, sources", dependencies().await);
    report.check("advisories", advisories().await);
    Ok(report.close())
}

/// Every dependency has a fit licence and source, and none is one that we do without.
pub async fn dependencies() -> anyhow::Result<Outcome> {
    deny(&["--locked", "check", "bans", "licenses", "sources"]).await
}

/// Nothing is known against any dependency.
pub async fn advisories() -> anyhow::Result<Outcome> {
    let Some(place) = environment::text(ADVISORIES) else {
        return Ok(Outcome::Skipped(format!("{ADVISORIES} is not set")));
    };
    unpack(&archive(PathBuf::from(place)))?;
    deny(&["--locked", "--offline", "check", "advisories"]).await
}

async fn deny(arguments: &[&str]) -> anyhow::Result<Outcome> {
    let Some(folder) = tools::CARGO_DENY.try_install().await? else {
        return Ok(Outcome::Skipped("cargo-deny cannot be had".to_owned()));
    };
    let arguments = [&["deny"], arguments].concat();
    console::line(&format!("$ cargo {}", arguments.join(" ")));
    let mut command = cargo::command(&arguments);
    command.env("PATH", tools::search_path(&[folder])?);
    let passed = command.status().await?.success();
    anyhow::ensure!(passed, "cargo-deny found something");
    Ok(Outcome::Passed(String::new()))
}

fn archive(place: PathBuf) -> PathBuf {
    if place.is_dir() {
        place.join("advisory-db.tgz")
    } else {
        place
    }
}

/// Puts the advisories where cargo-deny looks for them.
fn unpack(archive: &Path) -> anyhow::Result<()> {
    let file = File::open(archive);
    let file = file.with_context(|| format!("{} cannot be read", archive.display()))?;
    let database = tree::root().join(DATABASE);
    if database.exists() {
        fs::remove_dir_all(&database)?;
    }
    let mut tar = tar::Archive::new(GzDecoder::new(file));
    for entry in tar.entries()? {
        let mut entry = entry?;
        // Without the clone's own folder.
        let path: PathBuf = entry.path()?.components().skip(1).collect();
        let path = database.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        entry.unpack(path)?;
    }
    Ok(())
}
