//! Runs cargo.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::Context as _;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::{environment, tree};

/// How the services are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quickly.
    Dev,
    /// As for production.
    Release,
}

/// A cargo command in this checkout. It ends when the value is dropped.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(environment::cargo());
    command
        .args(arguments)
        .current_dir(tree::root())
        .kill_on_drop(true);
    command
}

/// Compiles packages; answers where each binary is.
pub async fn build(
    packages: &[&str],
    profile: Profile,
) -> anyhow::Result<HashMap<String, PathBuf>> {
    let mut command = command(&["build"]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    for package in packages {
        command.args(["--package", package]);
    }
    binaries(command).await
}

/// Runs a command that compiles; answers where each binary is.
pub async fn binaries(mut command: Command) -> anyhow::Result<HashMap<String, PathBuf>> {
    command.arg("--message-format=json-render-diagnostics");
    let child = command.stdout(Stdio::piped()).spawn();
    let mut child = child.context("cargo could not be started")?;
    let output = child.stdout.take().context("cargo tells what it built")?;
    let mut lines = BufReader::new(output).lines();
    let mut binaries = HashMap::new();
    while let Some(line) = lines.next_line().await? {
        binaries.extend(binary(&line));
    }
    anyhow::ensure!(child.wait().await?.success(), "the services do not compile");
    Ok(binaries)
}

/// Where cargo puts what it makes.
pub async fn target_folder() -> anyhow::Result<PathBuf> {
    let output = command(&["metadata", "--no-deps", "--format-version=1"]).output();
    let metadata: Value = serde_json::from_slice(&output.await?.stdout)?;
    let folder = metadata.get("target_directory").and_then(Value::as_str);
    Ok(folder
        .context("cargo does not tell its target folder")?
        .into())
}

/// The name and place of a binary, if that is what the message is about.
fn binary(message: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(message).ok()?;
    let path = message.get("executable")?.as_str()?;
    let name = message.get("target")?.get("name")?.as_str()?;
    Some((name.to_owned(), path.into()))
}
