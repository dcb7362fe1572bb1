//! All sets of values of `ci/`, rendered.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::folder;
use super::helm::{Asked, Helm};
use super::objects::Rendering;
use crate::checks::Outcome;

/// How many sets there are at least.
const SETS: usize = 10;
/// What a cluster serves that has everything that the chart can use.
pub const APIS: [&str; 3] = [
    "apiregistration.k8s.io/v1",
    "keda.sh/v1alpha1",
    "monitoring.coreos.com/v1",
];

/// The files with sets of values.
fn files() -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder().join("ci"))? {
        files.push(entry?.path());
    }
    files.sort();
    anyhow::ensure!(files.len() >= SETS, "there are {} sets", files.len());
    Ok(files)
}

/// The names of the sets.
pub fn sets() -> anyhow::Result<Vec<String>> {
    Ok(files()?.iter().map(|it| name(it)).collect())
}

/// The defaults, and every set.
pub async fn all(helm: &Helm) -> anyhow::Result<Vec<Rendering>> {
    let mut renderings = vec![rendered(helm, "defaults", &Asked::default()).await?];
    for set in sets()? {
        renderings.push(rendered(helm, &set, &Asked::of(&set)).await?);
    }
    Ok(renderings)
}

/// One set: without a cluster and on one that has it all, it is the same.
async fn rendered(helm: &Helm, set: &str, asked: &Asked) -> anyhow::Result<Rendering> {
    let text = helm.template(asked).await.with_context(|| set.to_owned())?;
    let mut on_cluster = asked.clone();
    on_cluster.apis = APIS.map(str::to_owned).to_vec();
    let again = helm.template(&on_cluster).await;
    let again = again.with_context(|| format!("{set}, on a cluster"))?;
    anyhow::ensure!(text == again, "{set}: rendered twice, it differs");
    let objects = super::helm::objects(&text).with_context(|| set.to_owned())?;
    Ok(Rendering {
        set: set.to_owned(),
        objects,
    })
}

/// `helm lint` finds nothing.
pub async fn lint(helm: &Helm) -> anyhow::Result<Outcome> {
    let files = files()?;
    for file in &files {
        helm.lint(file).await.with_context(|| name(file))?;
    }
    Ok(Outcome::Passed(format!("{} sets of values", files.len())))
}

fn name(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.trim_end_matches("-values.yaml").to_owned()
}
