//! Rendered settings are read by the services' own loader, in every set of values.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use anyhow::Context as _;
use tokio::process::Command;

use super::objects::{Container, Rendering, text};
use super::passed_unless;
use super::stand_in::StandIn;
use crate::cargo::{self, Profile};
use crate::checks::Outcome;
use crate::platform::PACKAGES;

/// The exit code of a process with unfit settings.
const UNFIT: i32 = 64;

/// `check-settings` of each binary, with what the chart gives it.
pub async fn check(renderings: &[Rendering]) -> anyhow::Result<Outcome> {
    let binaries = binaries().await?;
    let (mut faults, mut seen) = (Vec::new(), BTreeSet::new());
    for rendering in renderings {
        for pod in rendering.pods() {
            // What runs once has settings of its own kind.
            for container in pod.containers().into_iter().filter(|it| it.lasting) {
                let Some(package) = package(container) else {
                    continue;
                };
                let who = format!("{}, {}, {}", rendering.set, pod.title(), container.name());
                let stand_in = StandIn::of(rendering, &pod, container)?;
                let program = binaries.get(package).context(package)?;
                let (code, said) = run(program, &stand_in, None).await?;
                if code != 0 {
                    faults.push(format!("{who}: exit code {code}: {said}"));
                }
                // Once for each, so that it is known to refuse at all.
                if seen.insert(package) {
                    let unknown = format!("{}__NO_SUCH_KEY", prefix(package));
                    let (code, _) = run(program, &stand_in, Some(&unknown)).await?;
                    anyhow::ensure!(code == UNFIT, "{package} takes an unknown key: {code}");
                }
            }
        }
    }
    let all = seen.len() == PACKAGES.len();
    anyhow::ensure!(all, "only {seen:?} are in any set of values");
    passed_unless(&faults, format!("{} services, all sets", seen.len()))
}

/// Every service and storyctl, compiled.
pub async fn binaries() -> anyhow::Result<HashMap<String, PathBuf>> {
    let packages = [&PACKAGES[..], &[super::STORYCTL]].concat();
    cargo::build(&packages, Profile::Dev).await
}

/// Which service a container runs.
pub fn package(container: Container<'_>) -> Option<&'static str> {
    let image = text(container.spec, "/image");
    let named = |it: &&&str| image.contains(&format!("storyloom/{it}"));
    PACKAGES.iter().find(named).copied()
}

/// What the variables of a service begin with.
pub fn prefix(package: &str) -> String {
    let name = package.split('-').next().unwrap_or_default();
    name.to_uppercase()
}

async fn run(
    program: &PathBuf,
    stand_in: &StandIn,
    more: Option<&str>,
) -> anyhow::Result<(i32, String)> {
    let mut command = Command::new(program);
    command.arg("check-settings").env_clear();
    command.envs(stand_in.variables.iter().cloned());
    command.envs(more.map(|it| (it, "1")));
    let output = command.kill_on_drop(true).output().await?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Ok((output.status.code().unwrap_or(-1), said))
}
