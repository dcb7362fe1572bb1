//! `story-service api | worker | migrate | health | check-settings`

use std::process::ExitCode;

use clap::Parser;
use runtime::Service;
use story_service::app::{self, Role};
use story_service::settings::Settings;

/// Generates personalised stories on demand.
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
    let run = |settings| app::run(SERVICE, role, settings);
    runtime::play(SERVICE, Settings::load(), telemetry, run).await
}
