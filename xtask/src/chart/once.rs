//! What runs once takes what the chart gives it as well: each migration, the set-up of Elasticsearch
//! and the making of secrets is started as its Job starts it, with nobody at the other end. It
//! then fails for that reason alone, with another exit code than for unfit settings.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tokio::process::Command;

use super::objects::{Container, Pod, Rendering, items, text};
use super::settings::{binaries, package, prefix};
use super::stand_in::StandIn;
use super::{STORYCTL, passed_unless};
use crate::checks::Outcome;

/// Where nobody listens.
const NOWHERE: &str = "127.0.0.1:1";
/// The exit code of a process that found nobody, which it then says.
const ALONE: i32 = 1;
/// Access to an API server that is not there.
const KUBECONFIG: &str = "{clusters: [{name: a, cluster: {server: 'http://127.0.0.1:1'}}], users: [{name: a, user: {}}], contexts: [{name: a, context: {cluster: a, user: a}}], current-context: a}";
const KINDS: [&str; 3] = ["migrate", "es-setup", "init-secrets"];

/// A container that runs once, laid out on this machine.
struct Run {
    kind: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
    stand_in: StandIn,
    prefix: String,
}

/// Each in every set of values that has it.
pub async fn check(renderings: &[Rendering]) -> anyhow::Result<Outcome> {
    let binaries = binaries().await?;
    let (mut faults, mut seen, mut count) = (Vec::new(), BTreeSet::new(), 0);
    for rendering in renderings {
        for pod in rendering.pods() {
            for container in pod.containers().into_iter().filter(|it| !it.lasting) {
                let Some(run) = Run::of(&binaries, rendering, (&pod, container))? else {
                    continue;
                };
                let who = format!("{}, {}", rendering.set, pod.title());
                faults.extend(run.fault().await?.map(|it| format!("{who}: {it}")));
                count += 1;
                // Once for each, so that it is known to refuse at all.
                if seen.insert(run.kind) {
                    run.spoil()?;
                    let refused = run.fault().await?;
                    anyhow::ensure!(refused.is_some(), "{} takes what is unfit", run.kind);
                }
            }
        }
    }
    anyhow::ensure!(seen.len() == KINDS.len(), "only {seen:?} are in any set");
    passed_unless(&faults, format!("{} kinds, {count} times", seen.len()))
}

impl Run {
    fn of(
        binaries: &HashMap<String, PathBuf>,
        rendering: &Rendering,
        (pod, container): (&Pod<'_>, Container<'_>),
    ) -> anyhow::Result<Option<Self>> {
        let arguments = items(container.spec, "/args").iter();
        let arguments: Vec<_> = arguments.filter_map(|it| it.as_str()).collect();
        let kind = KINDS.iter().find(|it| arguments.first() == Some(it));
        let ours = text(container.spec, "/image").contains(STORYCTL);
        let package = package(container).or(ours.then_some(STORYCTL));
        let (Some(kind), Some(package)) = (kind, package) else {
            return Ok(None);
        };
        let stand_in = StandIn::of(rendering, pod, container)?;
        fs::write(stand_in.file("kubeconfig"), KUBECONFIG)?;
        let arguments = arguments.into_iter().map(|it| stand_in.moved(it)).collect();
        Ok(Some(Self {
            kind,
            program: binaries.get(package).context(package)?.clone(),
            arguments,
            stand_in,
            prefix: prefix(package),
        }))
    }

    /// What is wrong, if it does not come as far as to find nobody.
    async fn fault(&self) -> anyhow::Result<Option<String>> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear();
        let variables = self.stand_in.variables.iter();
        command.envs(variables.map(|(name, value)| (name, nobody_at(value))));
        command.env("KUBECONFIG", self.stand_in.file("kubeconfig"));
        let patience = match self.kind {
            "migrate" => Some("MIGRATE"),
            "es-setup" => Some("ELASTICSEARCH"),
            _ => None,
        };
        command.envs(patience.map(|it| (format!("{}__{it}__WAIT_MS", self.prefix), "0")));
        let spoiled = self.stand_in.file("spoiled");
        if spoiled.exists() {
            command.env(format!("{}__NO_SUCH_KEY", self.prefix), "1");
        }
        let output = command.kill_on_drop(true).output().await?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        let code = output.status.code().unwrap_or(-1);
        let fit = code == ALONE && said.to_lowercase().contains("connect");
        Ok((!fit).then(|| format!("exit code {code}: {said}")))
    }

    /// Makes its settings, or its plan, unfit.
    fn spoil(&self) -> anyhow::Result<()> {
        fs::write(self.stand_in.file("spoiled"), "")?;
        if self.kind == "init-secrets" {
            let plan = self.arguments.last().context("no plan")?;
            fs::write(Path::new(plan), "{\"secrets\": [{\"name\": \"a\"}]}")?;
        }
        Ok(())
    }
}

/// Every URL of a list with a host where nobody listens.
fn nobody_at(value: &str) -> String {
    let elsewhere = |url: &str| {
        let (scheme, rest) = url.split_once("://")?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let user = authority.rsplit_once('@').map(|(user, _)| user);
        let user = user.map_or(String::new(), |user| format!("{user}@"));
        Some(format!("{scheme}://{user}{NOWHERE}{path}"))
    };
    let urls = value.split(',');
    let urls: Vec<_> = urls
        .map(|it| elsewhere(it).unwrap_or_else(|| it.to_owned()))
        .collect();
    urls.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_keeps_all_but_its_host() {
        assert_eq!(
            nobody_at("postgres://auth_owner@db.example.org:5432/tales?options=-ca%3Db"),
            "postgres://auth_owner@127.0.0.1:1/tales?options=-ca%3Db"
        );
        assert_eq!(
            nobody_at("https://a.example.org,http://b:9200/x"),
            "https://127.0.0.1:1,http://127.0.0.1:1/x"
        );
        assert_eq!(nobody_at("/run/secrets/a,b"), "/run/secrets/a,b");
    }
}
