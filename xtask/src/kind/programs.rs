//! The programs of others that a kind cluster takes.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context as _;
use testkit::programs;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::tree;

/// Where each program of this machine is.
#[derive(Debug)]
pub struct Programs {
    pub kind: PathBuf,
    pub kubectl: PathBuf,
    pub helm: PathBuf,
    /// Docker, or Podman.
    pub engine: PathBuf,
}

impl Programs {
    /// Finds them all, or says at once everything that is missing.
    pub fn find(find: impl Fn(&str) -> Option<PathBuf>) -> anyhow::Result<Self> {
        let engine = find("docker").or_else(|| find("podman"));
        let found = (find("kind"), find("kubectl"), find("helm"), engine);
        if let (Some(kind), Some(kubectl), Some(helm), Some(engine)) = found {
            return Ok(Self {
                kind,
                kubectl,
                helm,
                engine,
            });
        }
        let (kind, kubectl, helm, engine) = found;
        let missing = [
            (kind, "kind (https://kind.sigs.k8s.io)"),
            (kubectl, "kubectl (https://kubernetes.io/docs/tasks/tools)"),
            (helm, "helm (https://helm.sh)"),
            (engine, "a container engine: docker or podman"),
        ];
        let missing = missing.into_iter().filter(|(found, _)| found.is_none());
        let missing: Vec<_> = missing.map(|(_, what)| what).collect();
        anyhow::bail!(
            "a cluster needs programs that are not here: {}; without them, `cargo xtask up` runs \
             Storyloom on this machine",
            missing.join(", ")
        )
    }

    /// Those of this machine.
    pub fn here() -> anyhow::Result<Self> {
        Self::find(programs::find)
    }

    /// kind's command; it is told which engine to use.
    pub async fn kind(&self, words: &[&str]) -> anyhow::Result<String> {
        let mut command = command(&self.kind, words);
        if self.engine.ends_with("podman") {
            command.env("KIND_EXPERIMENTAL_PROVIDER", "podman");
        }
        output(command, None).await
    }

    /// kubectl's, for this cluster and no other.
    pub async fn kubectl(&self, words: &[&str]) -> anyhow::Result<String> {
        let words = [&["--context", super::CONTEXT], words].concat();
        output(command(&self.kubectl, &words), None).await
    }

    pub async fn helm(&self, words: &[&str]) -> anyhow::Result<String> {
        output(command(&self.helm, words), None).await
    }

    pub async fn engine(&self, words: &[&str]) -> anyhow::Result<String> {
        output(command(&self.engine, words), None).await
    }

    /// The engine's, with something to read.
    pub async fn engine_reading(&self, words: &[&str], text: &str) -> anyhow::Result<String> {
        output(command(&self.engine, words), Some(text)).await
    }
}

fn command(program: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(words).current_dir(tree::root());
    command.kill_on_drop(true);
    command
}

/// What it printed; what it complained of is the error.
async fn output(mut command: Command, text: Option<&str>) -> anyhow::Result<String> {
    let what = format!("{:?}", command.as_std());
    let stdin = if text.is_some() {
        Stdio::piped()
    } else {
        Stdio::null()
    };
    command.stdin(stdin);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| what.clone())?;
    if let (Some(text), Some(mut stdin)) = (text, child.stdin.take()) {
        stdin.write_all(text.as_bytes()).await?;
    }
    let output = child.wait_with_output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{what}: {}", said.trim());
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_missing_is_said_at_once() {
        let only = |names: &'static [&str]| {
            let found = |name: &str| names.contains(&name).then(|| PathBuf::from(name));
            Programs::find(found).map_err(|error| error.to_string())
        };
        let error = only(&["kubectl", "podman"]).unwrap_err();
        assert!(
            error.contains("kind (") && error.contains("helm ("),
            "{error}"
        );
        assert!(
            !error.contains("kubectl (") && !error.contains("engine"),
            "{error}"
        );
        let all = only(&["kubectl", "podman", "kind", "helm"]).unwrap();
        assert_eq!(all.engine, PathBuf::from("podman"));
    }
}
