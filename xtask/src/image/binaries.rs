//! The services' programs for images: static, and the same wherever they are compiled.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::Value;

use super::processor::Processor;
use crate::{cargo, environment, tree};

/// Between the flags in `CARGO_ENCODED_RUSTFLAGS`.
const SEPARATOR: &str = "\x1f";

/// Compiles the services in one go; answers where each program is.
pub async fn build(
    services: &[String],
    processor: Processor,
    dev: bool,
) -> anyhow::Result<HashMap<String, PathBuf>> {
    let triple = processor.triple();
    let fetched = cargo::command(&["fetch", "--locked", "--target", triple]).status();
    anyhow::ensure!(fetched.await?.success(), "the dependencies cannot be had");
    let profile = if dev { "dev-image" } else { "release" };
    let mut command = cargo::command(&["build", "--locked", "--target", triple]);
    command.args(["--profile", profile]);
    for service in services {
        command.args(["--package", service]);
    }
    let flags = hidden_places().await?.join(SEPARATOR);
    command.env("CARGO_ENCODED_RUSTFLAGS", flags);
    // Some C code would carry the time at which it was compiled.
    command.env("SOURCE_DATE_EPOCH", "0");
    command.env("SQLX_OFFLINE", "true");
    if processor.is_native() {
        command.env(format!("CC_{}", triple.replace('-', "_")), "musl-gcc");
    }
    cargo::binaries(command).await
}

/// Flags that replace where things lie on this machine by where they would lie on any. Of two
/// that fit, the later one counts, and the target folder is often a part of the tree.
async fn hidden_places() -> anyhow::Result<Vec<String>> {
    let home = environment::cargo_home()?;
    let mut places = vec![(tree::root(), "/storyloom"), (home.clone(), "/cargo")];
    // Below it, folders are named by the registry's address, and there may be a mirror's.
    for registry in fs::read_dir(home.join("registry/src"))? {
        places.push((registry?.path(), "/cargo/registry"));
    }
    places.push((target_folder().await?, "/storyloom/target"));
    let flag = |(from, to): (PathBuf, &str)| {
        let from = from.to_str().context("a folder's name is not UTF-8")?;
        Ok(format!("--remap-path-prefix={from}={to}"))
    };
    places.into_iter().map(flag).collect()
}

/// Where cargo puts what it makes.
async fn target_folder() -> anyhow::Result<PathBuf> {
    let output = cargo::command(&["metadata", "--no-deps", "--format-version=1"]).output();
    let metadata: Value = serde_json::from_slice(&output.await?.stdout)?;
    let folder = metadata.get("target_directory").and_then(Value::as_str);
    Ok(folder
        .context("cargo does not tell its target folder")?
        .into())
}
