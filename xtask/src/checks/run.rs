//! Checks that one command makes.

use tokio::process::Command;

use super::report::Outcome;
use crate::{cargo, console, tools, tree};

/// All code is formatted.
pub async fn format() -> anyhow::Result<Outcome> {
    cargo(&["fmt", "--all", "--check"]).await?;
    Ok(Outcome::Passed(String::new()))
}

/// No lint has anything to say.
pub async fn lints() -> anyhow::Result<Outcome> {
    let lints = ["clippy", "--workspace", "--all-targets", "--all-features"];
    cargo(&[&lints[..], &["--", "-D", "warnings"]].concat()).await?;
    Ok(Outcome::Passed("no warnings".to_owned()))
}

/// The documentation of the code builds, and its links lead somewhere.
pub async fn documentation() -> anyhow::Result<Outcome> {
    let arguments = [
        "doc",
        "--workspace",
        "--no-deps",
        "--document-private-items",
        "--quiet",
    ];
    let mut command = cargo::command(&arguments);
    command
        .env("SQLX_OFFLINE", "true")
        .env("RUSTDOCFLAGS", "-D warnings");
    anyhow::ensure!(
        command.status().await?.success(),
        "the documentation does not build"
    );
    Ok(Outcome::Passed(String::new()))
}

/// The Dockerfile is as it should be.
pub async fn dockerfile() -> anyhow::Result<Outcome> {
    let Some(folder) = tools::HADOLINT.try_install().await? else {
        return Ok(Outcome::Skipped("hadolint cannot be had".to_owned()));
    };
    let mut hadolint = Command::new(folder.join(tools::HADOLINT.program));
    hadolint.arg(tree::root().join("k8s/Dockerfile"));
    let status = hadolint.kill_on_drop(true).status().await?;
    anyhow::ensure!(status.success(), "hadolint found something");
    Ok(Outcome::Passed("hadolint".to_owned()))
}

/// Runs cargo, which prints as it likes.
pub async fn cargo(arguments: &[&str]) -> anyhow::Result<()> {
    console::line(&format!("$ cargo {}", arguments.join(" ")));
    let status = cargo::command(arguments)
        .env("SQLX_OFFLINE", "true")
        .status()
        .await?;
    anyhow::ensure!(
        status.success(),
        "cargo {} failed",
        arguments.first().unwrap_or(&"")
    );
    Ok(())
}
