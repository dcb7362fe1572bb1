//! The fault suite, which is a program of its own.

use std::process::ExitCode;

use anyhow::Context as _;
use tokio::process::Command;

use crate::cargo::{self, Profile};
use crate::console;

const PACKAGE: &str = "faults";

/// What the suite is told; `--help` lists it.
#[derive(clap::Args)]
pub struct FaultsOptions {
    /// Options of the suite: `--seed N --minutes M --seconds S --at-once K --scenario NAME`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<String>,
}

/// Compiles the suite and runs it.
pub async fn run(options: &FaultsOptions) -> anyhow::Result<ExitCode> {
    let binaries = cargo::build(&[PACKAGE], Profile::Dev).await?;
    let program = binaries.get(PACKAGE).context("cargo built it")?;
    console::line(&format!("$ faults run {}", options.options.join(" ")));
    let mut suite = Command::new(program);
    suite.arg("run").args(&options.options).kill_on_drop(true);
    let succeeded = suite.status().await?.success();
    Ok(if succeeded {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
