//! `.sqlx`: what the database says about every query, so that compiling needs none.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;

use super::databases::Databases;
use super::report::Outcome;
use crate::{cargo, console, tree};

/// Fails when `.sqlx` is not what the queries and migrations give.
pub async fn check(databases: &Databases) -> anyhow::Result<Outcome> {
    let fresh = tempfile::tempdir()?;
    describe(databases, fresh.path()).await?;
    let (fresh, kept) = (read(fresh.path())?, read(&kept())?);
    let missing = fresh.keys().filter(|it| !kept.contains_key(*it)).count();
    let unused = kept.keys().filter(|it| !fresh.contains_key(*it)).count();
    let changed = fresh
        .iter()
        .filter(|(name, it)| kept.get(*name).is_some_and(|old| old != *it));
    let changed = changed.count();
    anyhow::ensure!(
        missing + unused + changed == 0,
        "{missing} queries are not in .sqlx, {unused} are no longer used, {changed} differ; \
         type: cargo xtask sqlx"
    );
    Ok(Outcome::Passed(format!("{} in .sqlx", fresh.len())))
}

/// Writes `.sqlx` anew; answers how many queries there are.
pub async fn write(databases: &Databases) -> anyhow::Result<usize> {
    let fresh = tempfile::tempdir()?;
    describe(databases, fresh.path()).await?;
    let fresh = read(fresh.path())?;
    let kept = kept();
    fs::create_dir_all(&kept)?;
    for name in read(&kept)?.into_keys() {
        fs::remove_file(kept.join(name))?;
    }
    for (name, description) in &fresh {
        fs::write(kept.join(name), description)?;
    }
    Ok(fresh.len())
}

fn kept() -> PathBuf {
    tree::root().join(".sqlx")
}

/// Compiles whatever has queries against a database, which describes them into a folder.
async fn describe(databases: &Databases, folder: &Path) -> anyhow::Result<()> {
    let urls = databases.migrated().await?;
    let packages = packages()?;
    let mut command = cargo::command(&["check"]);
    for package in &packages {
        touch(package)?;
        let name = package.file_name().context("a package has a name")?;
        command.arg("--package").arg(name);
    }
    command
        .env("SQLX_OFFLINE_DIR", folder)
        .env("SQLX_OFFLINE", "false")
        .envs(urls);
    console::line(&format!(
        "$ cargo check, {} packages with queries",
        packages.len()
    ));
    anyhow::ensure!(
        command.status().await?.success(),
        "the queries do not compile"
    );
    Ok(())
}

/// The packages with queries: those that tell sqlx where to check them.
fn packages() -> anyhow::Result<Vec<PathBuf>> {
    let mut packages = Vec::new();
    for folder in ["libs", "services"] {
        for entry in fs::read_dir(tree::root().join(folder))? {
            let package = entry?.path();
            if package.join("sqlx.toml").exists() {
                packages.push(package);
            }
        }
    }
    packages.sort();
    Ok(packages)
}

/// Makes cargo compile a package again.
#[expect(
    clippy::disallowed_methods,
    reason = "the time of files, not of the product"
)]
fn touch(package: &Path) -> anyhow::Result<()> {
    let library = File::options()
        .append(true)
        .open(package.join("src/lib.rs"))?;
    Ok(library.set_modified(SystemTime::now())?)
}

/// The descriptions in a folder, by file name.
fn read(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut queries = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("query-") {
            queries.insert(name, fs::read_to_string(entry.path())?);
        }
    }
    Ok(queries)
}
