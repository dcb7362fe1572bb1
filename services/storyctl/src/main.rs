//! `storyctl doctor | jobs | init-secrets | smoke | es-setup`

use std::process::ExitCode;

use clap::Parser;
use storyctl::app::{self, Cli};

/// As the services have it, without the rest of their runtime.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    app::run(Cli::parse()).await
}
