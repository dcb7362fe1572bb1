//! What `skaffold.yaml` names is there.

use anyhow::Context as _;
use serde_json::Value;

use super::{at, document, documents, exists, texts};
use crate::{image, kind, tree};

/// Where changes to a service's image may come from, beside the service's own folder.
const SOURCES: [&str; 8] = [
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    ".sqlx",
    "libs",
    "proto",
    "migrations",
    // libs/jobs has the list of lanes from here.
    "charts/storyloom/files",
];

/// Artifacts, release and verification fit this checkout.
pub fn check(file: &Value) -> anyhow::Result<()> {
    let images = artifacts(file)?;
    let releases = at(file, "/deploy/helm/releases").as_array();
    for release in releases.context("nothing is released")? {
        check_release(release, &images)?;
    }
    let tests = at(file, "/verify").as_array();
    for test in tests.context("nothing is verified")? {
        check_test(test, &images)?;
    }
    texts(at(file, "/manifests/rawYaml")).try_for_each(exists)
}

/// The names of the images; each service has one.
fn artifacts(file: &Value) -> anyhow::Result<Vec<String>> {
    let artifacts = at(file, "/build/artifacts").as_array();
    let artifacts = artifacts.context("nothing is built")?;
    let mut images = Vec::new();
    for service in image::services()? {
        let image = format!("{}/storyloom/{service}", kind::REGISTRY);
        let artifact = artifacts.iter().find(|it| at(it, "/image") == &image);
        let artifact = artifact.with_context(|| format!("{image} is not built"))?;
        check_artifact(artifact, &service).with_context(|| image.clone())?;
        images.push(image);
    }
    let count = artifacts.len();
    anyhow::ensure!(count == images.len(), "an image of no service is built");
    Ok(images)
}

fn check_artifact(artifact: &Value, service: &str) -> anyhow::Result<()> {
    let command = at(artifact, "/custom/buildCommand").as_str();
    let command = command.context("there is no command")?;
    let as_run = command
        .replace(
            "${PLATFORMS:+--target \"$PLATFORMS\"}",
            "--target linux/arm64",
        )
        .replace("\"$IMAGE\"", "localhost:5001/storyloom/a:1");
    crate::is_command(&as_run)?;
    let begin = format!("cargo xtask image {service} ");
    anyhow::ensure!(command.starts_with(&begin), "{command} makes another image");
    anyhow::ensure!(
        command.contains("--name \"$IMAGE\""),
        "{command} names it otherwise"
    );
    let paths: Vec<_> = texts(at(artifact, "/custom/dependencies/paths")).collect();
    paths.iter().copied().try_for_each(exists)?;
    let own = format!("services/{service}");
    for source in SOURCES.into_iter().chain([own.as_str()]) {
        anyhow::ensure!(paths.contains(&source), "it does not depend on {source}");
    }
    Ok(())
}

fn check_release(release: &Value, images: &[String]) -> anyhow::Result<()> {
    let chart = at(release, "/chartPath")
        .as_str()
        .context("there is no chart")?;
    exists(&format!("{chart}/Chart.yaml"))?;
    texts(at(release, "/valuesFiles")).try_for_each(exists)?;
    let values = document(&format!("{chart}/values.yaml"))?;
    for group in ["/setValues", "/setValueTemplates"] {
        for (key, value) in at(release, group).as_object().into_iter().flatten() {
            let pointer = format!("/{}", key.replace('.', "/"));
            let known = values.pointer(&pointer).is_some();
            anyhow::ensure!(known, "the chart has no value {key}");
            check_template(value.as_str().unwrap_or_default(), images)?;
        }
    }
    for service in images.iter().map(|it| digest_variable(it)) {
        let templates = at(release, "/setValueTemplates").to_string();
        anyhow::ensure!(templates.contains(&service), "{service} is not used");
    }
    Ok(())
}

/// A template names only what Skaffold knows.
fn check_template(template: &str, images: &[String]) -> anyhow::Result<()> {
    let Some(name) = template.strip_prefix("{{.") else {
        return Ok(());
    };
    let name = name.trim_end_matches("}}");
    let known = name == "IMAGE_DOMAIN" || images.iter().any(|it| digest_variable(it) == name);
    anyhow::ensure!(known, "Skaffold does not set {name}");
    Ok(())
}

/// As Skaffold calls an image's digest.
fn digest_variable(image: &str) -> String {
    format!("IMAGE_DIGEST_{}", image.replace(['/', '-', '.', ':'], "_"))
}

fn check_test(test: &Value, images: &[String]) -> anyhow::Result<()> {
    let container = at(test, "/container");
    let image = at(container, "/image").as_str().unwrap_or_default();
    anyhow::ensure!(images.iter().any(|it| it == image), "{image} is not built");
    let command = at(container, "/args/0").as_str().unwrap_or_default();
    is_storyctl(command)?;
    let path = at(test, "/executionMode/kubernetesCluster/jobManifestPath");
    let path = path.as_str().context("the test runs nowhere")?;
    let job = documents(path)?.into_iter().next().unwrap_or_default();
    let name = at(&job, "/spec/template/spec/containers/0/name");
    anyhow::ensure!(
        name == at(container, "/name"),
        "{path} has another container"
    );
    // Skaffold adds a label and ends where there is no map of them.
    let labels = at(&job, "/metadata/labels").is_object();
    anyhow::ensure!(labels, "{path} has no labels");
    Ok(())
}

/// storyctl has this command.
pub fn is_storyctl(command: &str) -> anyhow::Result<()> {
    let code = std::fs::read_to_string(tree::root().join("services/storyctl/src/app.rs"))?;
    let known = !command.is_empty() && code.contains(&format!("    {}(", capitalised(command)));
    anyhow::ensure!(known, "storyctl has no {command}");
    Ok(())
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|it| it.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
