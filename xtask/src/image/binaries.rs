//! The services' programs for images: static, and the same wherever they are compiled.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use super::processor::Processor;
use crate::{cargo, environment, tools, tree};
use anyhow::Context as _;

/// Between the flags in `CARGO_ENCODED_RUSTFLAGS`.
const SEPARATOR: &str = "\x1f";

/// Compiles the services in one go; answers where each program is. It is always all of them:
/// with others beside it a service's dependencies have other features, hence other bytes.
pub async fn build(
    services: &[String],
    processor: Processor,
    dev: bool,
) -> anyhow::Result<HashMap<String, PathBuf>> {
    let triple = processor.triple();
    let mut tools = Vec::new();
    let mut arguments = Vec::new();
    // What a program is made of stands in it, for scanners of images.
    if !dev {
        tools.push(tools::CARGO_AUDITABLE.install().await?);
        arguments.push("auditable");
    }
    if processor.is_native() {
        arguments.push("build");
    } else {
        tools.push(tools::CARGO_ZIGBUILD.install().await?);
        arguments.push("zigbuild");
    }
    let profile = if dev { "dev-image" } else { "release" };
    arguments.extend(["--locked", "--target", triple, "--profile", profile]);
    let mut command = cargo::command(&arguments);
    for service in services {
        command.args(["--package", service]);
    }
    command.env("PATH", tools::search_path(&tools)?);
    // Not for development: another folder could not go on with what was compiled in one.
    if !dev {
        let flags = hidden_places(triple).await?.join(SEPARATOR);
        command.env("CARGO_ENCODED_RUSTFLAGS", flags);
    }
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
async fn hidden_places(triple: &str) -> anyhow::Result<Vec<String>> {
    let fetched = cargo::command(&["fetch", "--locked", "--target", triple]).status();
    anyhow::ensure!(fetched.await?.success(), "the dependencies cannot be had");
    let home = environment::cargo_home()?;
    let mut places = vec![(tree::root(), "/storyloom"), (home.clone(), "/cargo")];
    // Below it, folders are named by the registry's address, and there may be a mirror's.
    for registry in fs::read_dir(home.join("registry/src"))? {
        places.push((registry?.path(), "/cargo/registry"));
    }
    places.push((cargo::target_folder().await?, "/storyloom/target"));
    let flag = |(from, to): (PathBuf, &str)| {
        let from = from.to_str().context("a folder's name is not UTF-8")?;
        Ok(format!("--remap-path-prefix={from}={to}"))
    };
    places.into_iter().map(flag).collect()
}
