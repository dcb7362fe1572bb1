//! Runs the real Helm.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::Value;
use tokio::process::Command;

use super::folder;
use crate::tools;

const RELEASE: &str = "tale";
pub const NAMESPACE: &str = "tales";
/// What the Helm of the right version calls itself; one that `go install` made leaves out the
/// rest.
const VERSION: &str = "v4.3";

/// A Helm of the right version.
pub struct Helm(PathBuf);

/// What Helm is asked to render.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub chart: Option<PathBuf>,
    pub release: Option<String>,
    pub values: Vec<PathBuf>,
    pub set: Vec<String>,
    pub apis: Vec<String>,
}

impl Asked {
    /// A set of values of `ci/`.
    pub fn of(set: &str) -> Self {
        Self::default().and(set)
    }

    /// And another set, over it.
    pub fn and(mut self, set: &str) -> Self {
        let file = format!("ci/{set}-values.yaml");
        self.values.push(folder().join(file));
        self
    }

    /// And a value, as `key=value`.
    pub fn set(mut self, value: &str) -> Self {
        self.set.push(value.to_owned());
        self
    }
}

impl Helm {
    /// That of the search path, if it is the right version; else it is installed.
    pub async fn find() -> anyhow::Result<Option<Self>> {
        if let Some(found) = testkit::programs::find("helm") {
            let helm = Self(found);
            let said = helm.run(&["version", "--template", "{{.Version}}"]).await;
            if said.is_ok_and(|it| it.starts_with(VERSION)) {
                return Ok(Some(helm));
            }
        }
        let folder = tools::HELM.try_install().await?;
        Ok(folder.map(|it| Self(it.join(tools::HELM.program))))
    }

    /// The objects; what Helm says, if it refuses.
    pub async fn render(&self, asked: &Asked) -> anyhow::Result<Vec<Value>> {
        let text = self.template(asked).await?;
        objects(&text)
    }

    /// The same as text.
    pub async fn template(&self, asked: &Asked) -> anyhow::Result<String> {
        let chart = asked.chart.clone().unwrap_or_else(folder);
        let release = asked.release.as_deref().unwrap_or(RELEASE);
        let mut words = vec!["template".to_owned(), release.to_owned(), text(&chart)];
        words.extend(["--namespace".to_owned(), NAMESPACE.to_owned()]);
        for file in &asked.values {
            words.extend(["--values".to_owned(), text(file)]);
        }
        for value in &asked.set {
            words.extend(["--set".to_owned(), value.clone()]);
        }
        for api in &asked.apis {
            words.extend(["--api-versions".to_owned(), api.clone()]);
        }
        self.run(&words).await
    }

    /// `helm lint --strict` with a set of values.
    pub async fn lint(&self, values: &Path) -> anyhow::Result<()> {
        let (chart, values) = (text(&folder()), text(values));
        let words = ["lint", &chart, "--strict", "--quiet", "--values", &values];
        self.run(&words).await.map(drop)
    }

    async fn run(&self, words: &[impl AsRef<str>]) -> anyhow::Result<String> {
        let mut command = Command::new(&self.0);
        command.args(words.iter().map(AsRef::as_ref));
        // No cluster is asked, whatever the user's settings say.
        command.env("KUBECONFIG", "/dev/null").kill_on_drop(true);
        let output = command.output().await.context("helm could not be run")?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "{}", said.trim());
        Ok(String::from_utf8(output.stdout)?)
    }
}

/// The objects of a rendering.
pub fn objects(text: &str) -> anyhow::Result<Vec<Value>> {
    let mut objects: Vec<Value> = serde_saphyr::from_multiple(text)?;
    objects.retain(|it| !it.is_null());
    Ok(objects)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
