//! The steps of a start, each shown as it goes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use testkit::http::Client;
use testkit::{MailSink, MailSinkPorts, Postgres, free_port};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

use super::Options;
use super::secrets::Secrets;
use super::services::{OWNERS, PACKAGES, Wiring};
use super::supervise::{Supervised, settings_only};
use super::{database, datastores, front_door};
use crate::cargo::{self, Profile};
use crate::console::{self, Step};
use crate::tree;

/// How long the services may take to be ready.
pub(super) const STARTING: Duration = Duration::from_mins(1);
/// How often it is looked.
const POLL: Duration = Duration::from_millis(20);

/// Compiles the services; answers where each binary is.
pub(super) async fn build(profile: Profile) -> anyhow::Result<HashMap<String, PathBuf>> {
    console::line("  building the services");
    let step = Step::begin_beside("build");
    let binaries = cargo::build(&PACKAGES, profile).await?;
    step.done("");
    Ok(binaries)
}

/// PostgreSQL, with the roles and schemas of all services.
pub(super) async fn postgres(
    folder: &Path,
    secrets: &Secrets,
    careless: bool,
) -> anyhow::Result<Postgres> {
    let step = Step::begin("PostgreSQL");
    let postgres = datastores::postgres(folder, secrets, careless).await?;
    database::prepare(&postgres, secrets).await?;
    step.done(&format!("127.0.0.1:{}", postgres.port()));
    Ok(postgres)
}

/// The port of the front door, and the inbox.
pub(super) async fn doors(options: &Options) -> anyhow::Result<(TcpListener, MailSink)> {
    let front = front_door::listener(options.front).await?;
    say_if_taken("STORYLOOM_PORT", options.front, front.local_addr()?.port());
    let ports = |http| MailSinkPorts {
        smtp: free_port(),
        http,
    };
    let wanted = match options.inbox {
        0 => free_port(),
        port => port,
    };
    let inbox = match MailSink::bind(ports(wanted)).await {
        Ok(inbox) => inbox,
        Err(_) => MailSink::bind(ports(free_port())).await?,
    };
    say_if_taken("STORYLOOM_INBOX_PORT", options.inbox, inbox.http_port());
    Ok((front, inbox))
}

fn say_if_taken(variable: &str, wanted: u16, got: u16) {
    if wanted != 0 && wanted != got {
        let hint = format!("set {variable} for another one");
        console::note(&format!(
            "port {wanted} is taken, using {got} instead ({hint})"
        ));
    }
}

/// Each service brings its own schema up to date.
pub(super) async fn migrate(
    wiring: &Wiring<'_>,
    binaries: &HashMap<String, PathBuf>,
) -> anyhow::Result<()> {
    let step = Step::begin("schemas");
    for service in OWNERS {
        let mut command = Command::new(binary(binaries, service.package)?);
        settings_only(&mut command, &wiring.migration(service)?);
        let mut command = tokio::process::Command::from(command);
        let output = command.arg("migrate").kill_on_drop(true).output().await?;
        if !output.status.success() {
            let said = [output.stderr, output.stdout].concat();
            let said = last_words(&String::from_utf8_lossy(&said));
            anyhow::bail!(
                "{} migrate: {said}; if a migration was edited after it had run, remove {}",
                service.package,
                tree::dev().display()
            );
        }
    }
    step.done(&database::SCHEMAS.join(", "));
    Ok(())
}

/// The message of the last line, which is JSON if it comes from a log.
fn last_words(output: &str) -> String {
    let last = output.trim().lines().last().unwrap_or_default();
    let entry: serde_json::Value = serde_json::from_str(last).unwrap_or_default();
    let message = entry.get("error.message").and_then(|it| it.as_str());
    message.unwrap_or(last).to_owned()
}

/// The binary of a package.
pub(super) fn binary<'a>(
    binaries: &'a HashMap<String, PathBuf>,
    package: &str,
) -> anyhow::Result<&'a PathBuf> {
    let found = binaries.get(package);
    found.with_context(|| format!("cargo built no {package}"))
}

/// Waits until a service says that it is ready.
pub(super) async fn ready(service: &mut Supervised, end: Instant) -> anyhow::Result<()> {
    let client = Client::new(service.operations());
    loop {
        service.ensure_alive()?;
        let reply = client.get("/readyz").try_send().await;
        if reply.is_ok_and(|it| it.status.is_success()) {
            return Ok(());
        }
        let name = service.name();
        anyhow::ensure!(
            Instant::now() < end,
            "{name} is not ready after {STARTING:?}"
        );
        sleep(POLL).await;
    }
}
