//! `ratelimit-sidecar serve | health | check-settings`

use std::process::ExitCode;

use clap::Parser;
use ratelimit_sidecar::app::{self, Role};
use ratelimit_sidecar::settings::Settings;
use runtime::Service;

/// Limits how often clients may ask.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

const SERVICE: Service = Service {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
};

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { role } = Cli::parse();
    let telemetry = |it: &Settings| (it.telemetry.clone(), it.service.environment.clone());
    runtime::play(SERVICE, Settings::load(), telemetry, |settings| {
        app::run(SERVICE, role, settings)
    })
    .await
}
