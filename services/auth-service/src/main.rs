//! `auth-service api | migrate | health | check-settings`

use std::process::ExitCode;

use auth_service::app::{self, Role};
use auth_service::settings::Settings;
use clap::Parser;
use runtime::Service;

/// Accounts, sign-in, sessions and tokens of Storyloom.
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
    let settings = Settings::load(role.serves());
    let telemetry = |it: &Settings| (it.telemetry.clone(), it.service.environment.clone());
    runtime::play(SERVICE, settings, telemetry, |settings| {
        app::run(SERVICE, role, settings)
    })
    .await
}
