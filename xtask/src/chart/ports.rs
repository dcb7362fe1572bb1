//! Ports and probes of the pods are those that the binaries serve: the numbers by their
//! settings, names and paths by starting each and asking it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use nix::sys::signal::Signal;
use serde_json::Value;
use testkit::http::Client;
use testkit::{Process, free_port};
use tokio::net::TcpStream;

use super::objects::{Container, Pod, Rendering, at, items, text};
use super::passed_unless;
use super::settings::{binaries, package, prefix};
use super::stand_in::StandIn;
use crate::checks::Outcome;
use crate::tree;

/// The sets that have every kind of process between them.
const SETS: [&str; 2] = ["defaults", "gateway"];
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);
/// Settings that say where a process listens.
const SECTIONS: [&str; 3] = ["http", "grpc", "ops"];

pub async fn check(renderings: &[Rendering]) -> anyhow::Result<Outcome> {
    let binaries = binaries().await?;
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for rendering in renderings
        .iter()
        .filter(|it| SETS.contains(&it.set.as_str()))
    {
        for pod in rendering.pods() {
            for container in pod.containers().into_iter().filter(|it| it.lasting) {
                let Some(package) = package(container) else {
                    continue;
                };
                let kind = (
                    package,
                    at(container.spec, "/args").to_string(),
                    text(container.spec, "/restartPolicy"),
                );
                if !seen.insert(kind) {
                    continue;
                }
                let program = binaries.get(package).context(package)?;
                let found = served(rendering, &pod, container, program).await;
                let who = format!("{}, {}", pod.title(), container.name());
                let found = found.with_context(|| who.clone())?;
                faults.extend(found.into_iter().map(|it| format!("{who}: {it}")));
            }
        }
    }
    passed_unless(
        &faults,
        format!("{} kinds of processes started", seen.len()),
    )
}

/// A port of a container: the section of the settings that it belongs to, and its number.
type Port = (String, u64);

/// What is wrong with the ports and probes of a container, seen from a process that runs.
async fn served(
    rendering: &Rendering,
    pod: &Pod<'_>,
    container: Container<'_>,
    program: &Path,
) -> anyhow::Result<Vec<String>> {
    let package = package(container).unwrap_or_default();
    let stand_in = StandIn::of(rendering, pod, container)?;
    let settings = settings(package, &stand_in)?;
    let listening = listening(&settings);
    let declared: Vec<Port> = items(container.spec, "/ports")
        .iter()
        .map(declared)
        .collect();
    let mut faults = differences(&declared, &listening, container);

    let free: Vec<_> = listening
        .iter()
        .map(|(section, _)| (section, free_port()))
        .collect();
    let mut command = Process::command(program, Signal::SIGTERM);
    let role = items(container.spec, "/args")
        .iter()
        .filter_map(Value::as_str);
    command
        .args(role)
        .env_clear()
        .envs(stand_in.variables.iter().cloned());
    // Nobody is served, so nobody has to be waited for.
    command.env(format!("{}__DRAIN_MS", prefix(package)), "0");
    for (section, port) in &free {
        let variable = format!("{}__{}__LISTEN", prefix(package), section.to_uppercase());
        command.env(variable, format!("127.0.0.1:{port}"));
    }
    if !setting(&settings, "grpc", "socket").is_empty() {
        let variable = format!("{}__GRPC__SOCKET", prefix(package));
        command.env(variable, stand_in.file("ratelimit.sock"));
    }
    let log = fs::File::create(stand_in.file("log"))?;
    command.stdout(log.try_clone()?).stderr(log);
    let mut process = Process::spawn(package, &mut command, Signal::SIGTERM)?;
    for (section, port) in &free {
        let wanted = declared.iter().any(|(name, _)| name == *section);
        if wanted && !listens(*port, &mut process).await? {
            faults.push(format!("nothing listens for {section}"));
        } else if !wanted && TcpStream::connect(("127.0.0.1", *port)).await.is_ok() {
            faults.push(format!("{section} is served and not declared"));
        }
    }
    let ops = free.iter().find(|(section, _)| *section == "ops");
    let (_, ops) = ops.context("operations are served")?;
    faults.extend(unanswered(*ops, container).await?);
    process.stop(PATIENCE).await?;
    Ok(faults)
}

/// Ports that are declared with another number than that on which the process listens, and
/// probes that ask another port than that of operations.
fn differences(declared: &[Port], listening: &[Port], container: Container<'_>) -> Vec<String> {
    let unknown = declared.iter().filter(|it| !listening.contains(it));
    let mut faults: Vec<_> = unknown
        .map(|(name, number)| format!("port {number} for {name}, and it listens on {listening:?}"))
        .collect();
    for key in ["startupProbe", "readinessProbe", "livenessProbe"] {
        let port = text(container.spec, &format!("/{key}/httpGet/port"));
        if section(port) != "ops" {
            faults.push(format!("{key} asks {port}"));
        }
    }
    faults
}

fn declared(port: &Value) -> Port {
    let number = at(port, "/containerPort").as_u64().unwrap_or_default();
    (section(text(port, "/name")).to_owned(), number)
}

/// `ops-ratelimit` is the name of the sidecar's, whose pod has an `ops` already.
fn section(port: &str) -> &str {
    port.split('-').next().unwrap_or_default()
}

/// The settings file over the defaults.
fn settings(package: &str, stand_in: &StandIn) -> anyhow::Result<toml::Table> {
    let defaults = tree::root().join(format!("services/{package}/settings.toml"));
    let mut settings: toml::Table = fs::read_to_string(defaults)?.parse()?;
    let variable = format!("{}__SETTINGS_FILE", prefix(package));
    let mut variables = stand_in.variables.iter();
    let file = variables.find(|(name, _)| *name == variable);
    let (_, file) = file.with_context(|| format!("no {variable}"))?;
    for (section, value) in fs::read_to_string(file)?.parse::<toml::Table>()? {
        match (settings.get_mut(&section), value) {
            (Some(toml::Value::Table(there)), toml::Value::Table(more)) => there.extend(more),
            (_, value) => drop(settings.insert(section, value)),
        }
    }
    Ok(settings)
}

fn setting<'a>(settings: &'a toml::Table, section: &str, key: &str) -> &'a str {
    let value = settings.get(section).and_then(|it| it.get(key));
    value.and_then(toml::Value::as_str).unwrap_or_default()
}

/// Where the process listens by its settings.
fn listening(settings: &toml::Table) -> Vec<Port> {
    let ports = SECTIONS.iter().filter_map(|section| {
        let (_, port) = setting(settings, section, "listen").rsplit_once(':')?;
        Some(((*section).to_owned(), port.parse().ok()?))
    });
    ports.collect()
}

/// Whether the process takes connections in time.
async fn listens(port: u16, process: &mut Process) -> anyhow::Result<bool> {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Ok(true);
        }
        if let Some(status) = process.exited()? {
            anyhow::bail!("it ended with {status}");
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(false)
}

/// Probes whose path the process does not know. Without its databases it may well be unready.
async fn unanswered(ops: u16, container: Container<'_>) -> anyhow::Result<Vec<String>> {
    let client = Client::new(format!("http://127.0.0.1:{ops}"));
    let mut faults = Vec::new();
    for key in ["startupProbe", "readinessProbe", "livenessProbe"] {
        let path = text(container.spec, &format!("/{key}/httpGet/path"));
        let code = client.get(path).try_send().await?.code();
        if !matches!(code, 200 | 503) {
            faults.push(format!("{key}: {path} answers {code}"));
        }
    }
    let nothing = client.get("/no-such-probe").try_send().await?.code();
    anyhow::ensure!(nothing == 404, "every path answers {nothing}");
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn another_number_and_another_port_are_found() {
        let spec = json!({
            "startupProbe": {"httpGet": {"port": "ops"}},
            "readinessProbe": {"httpGet": {"port": "ops-ratelimit"}},
            "livenessProbe": {"httpGet": {"port": "http"}},
        });
        let container = Container {
            spec: &spec,
            lasting: true,
        };
        let port = |name: &str, number| (name.to_owned(), number);
        let listening = [port("http", 8080), port("ops", 9100)];
        let found = differences(
            &[port("http", 8081), port("ops", 9100)],
            &listening,
            container,
        );
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("8081"));
        assert!(found[1].contains("livenessProbe"));
    }

    #[test]
    fn a_settings_file_says_where_it_listens() {
        let settings = "[ops]\nlisten = '0.0.0.0:9101'\n[grpc]\nlisten = ''"
            .parse()
            .unwrap();
        assert_eq!(listening(&settings), [("ops".to_owned(), 9101)]);
    }
}
