//! `storyctl doctor | jobs | init-secrets | smoke | es-setup`

use std::process::ExitCode;

use clap::Parser;
use storyctl::app::{self, Cli};

#[tokio::main]
async fn main() -> ExitCode {
    app::run(Cli::parse()).await
}
