//! `tilt/Tiltfile`: evaluated with stand-ins for Tilt's functions, for the whole and for a part.

use std::collections::HashSet;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::{at, document, exists, python, texts};
use crate::checks::Outcome;
use crate::{image, tree};

const FILE: &str = "tilt/Tiltfile";
/// Where compiled programs are kept for packing.
const PROGRAMS: &str = "../target/images/programs/";
/// What the chart runs, with the settings that the Tiltfile gives it.
const WORKLOADS: [(&str, &str); 11] = [
    ("Deployment", "storyloom-auth"),
    ("Deployment", "storyloom-story-api"),
    ("Deployment", "storyloom-story-worker"),
    ("Deployment", "storyloom-notification-api"),
    ("Deployment", "storyloom-notification-worker"),
    ("StatefulSet", "storyloom-postgres"),
    ("StatefulSet", "storyloom-redis"),
    ("Job", "storyloom-init-secrets-01234567"),
    ("Job", "storyloom-auth-migrate-01234567"),
    ("Job", "storyloom-story-migrate-01234567"),
    ("Job", "storyloom-notification-migrate-01234567"),
];

/// Tilt would understand it, and finds all that it names.
pub async fn check() -> anyhow::Result<Outcome> {
    let text = std::fs::read_to_string(tree::root().join(FILE))?;
    let variants: [(&[&str], &str); 3] = [(&[], "up"), (&["story"], "up"), (&[], "ci")];
    let mut count = 0;
    for (services, subcommand) in variants {
        let Some(calls) = evaluate(&text, services, subcommand).await? else {
            return Ok(Outcome::Skipped("starlark-pyo3 cannot be had".to_owned()));
        };
        check_calls(&calls)?;
        count += calls.len();
    }
    Ok(Outcome::Passed(format!("{count} calls")))
}

async fn evaluate(
    text: &str,
    services: &[&str],
    subcommand: &str,
) -> anyhow::Result<Option<Vec<Value>>> {
    let workloads = WORKLOADS.map(|(kind, name)| json!({"kind": kind, "name": name}));
    let task = json!({
        "text": text,
        "services": services,
        "subcommand": subcommand,
        "workloads": workloads,
    });
    let calls = python::run(include_str!("tiltfile.py"), &task).await?;
    let calls = calls.map(|it| it.as_array().cloned().context("no list of calls"));
    calls.transpose()
}

fn check_calls(calls: &[Value]) -> anyhow::Result<()> {
    let resources = resources(calls)?;
    for call in calls {
        let called = at(call, "/function").as_str().unwrap_or_default();
        check_call(called, call, &resources).with_context(|| call.to_string())?;
    }
    for service in image::services()? {
        let name = format!("storyloom/{service}");
        let built = calls.iter().any(|it| at(it, "/ref") == &name);
        anyhow::ensure!(built, "{name} is not built");
    }
    Ok(())
}

/// What Tilt would call a resource.
fn resources(calls: &[Value]) -> anyhow::Result<HashSet<String>> {
    let mut resources = HashSet::from(["mailpit".to_owned()]);
    for call in calls {
        let name = match at(call, "/function").as_str() {
            Some("local_resource") => at(call, "/name"),
            Some("name_workload") => at(call, "/resource"),
            _ => continue,
        };
        let name = name.as_str().context("a resource has no name")?;
        let new = resources.insert(name.to_owned());
        anyhow::ensure!(new, "two resources are called {name}");
    }
    Ok(resources)
}

fn check_call(called: &str, call: &Value, resources: &HashSet<String>) -> anyhow::Result<()> {
    let known = |name: &str| {
        anyhow::ensure!(resources.contains(name), "there is no resource {name}");
        Ok(())
    };
    texts(at(call, "/resource_deps")).try_for_each(known)?;
    texts(at(call, "/resources")).try_for_each(known)?;
    for name in ["/workload", "/resource"] {
        at(call, name).as_str().map_or(Ok(()), known)?;
    }
    match called {
        "custom_build" => check_build(call),
        "local_resource" => {
            texts(at(call, "/deps")).try_for_each(beside)?;
            check_command(
                call,
                at(call, "/cmd").as_str().unwrap_or_default(),
                resources,
            )
        }
        "cmd_button" => {
            let words: Vec<_> = texts(at(call, "/argv")).collect();
            let command = words.join(" ");
            let command = command.strip_prefix("sh -c ").unwrap_or(&command);
            check_command(call, command, resources)
        }
        "helm" => check_release(call),
        "k8s_yaml" => texts(at(call, "/yaml")).try_for_each(beside),
        _ => Ok(()),
    }
}

fn check_build(call: &Value) -> anyhow::Result<()> {
    let image = at(call, "/ref").as_str().unwrap_or_default();
    let service = image.trim_start_matches("storyloom/");
    let command = at(call, "/command").as_str().unwrap_or_default();
    let begin = format!("cargo xtask image {service} --dev --only pack ");
    anyhow::ensure!(command.starts_with(&begin), "{image}: {command}");
    let from = at(call, "/deps").clone();
    anyhow::ensure!(
        from == json!([format!("{PROGRAMS}{service}")]),
        "{image}: {from}"
    );
    let as_run = command.replace("\"$EXPECTED_REF\"", "localhost:5001/a:1");
    crate::is_command(&as_run)
}

/// A command runs in the checkout, and is one of ours or asks Tilt for a resource.
fn check_command(call: &Value, command: &str, resources: &HashSet<String>) -> anyhow::Result<()> {
    if let Some(resource) = command.strip_prefix("tilt trigger ") {
        anyhow::ensure!(resources.contains(resource), "there is no {resource}");
        return Ok(());
    }
    anyhow::ensure!(at(call, "/dir") == "..", "{command} runs elsewhere");
    match command.strip_prefix("cargo run --quiet --package storyctl -- ") {
        Some(words) => super::structure::is_storyctl(words.split(' ').next().unwrap_or_default()),
        None => crate::is_command(command),
    }
}

fn check_release(call: &Value) -> anyhow::Result<()> {
    let chart = at(call, "/pathToChartDir").as_str().unwrap_or_default();
    beside(chart)?;
    texts(at(call, "/values")).try_for_each(beside)?;
    let values = document(&format!("tilt/{chart}/values.yaml"))?;
    for set in texts(at(call, "/set")) {
        let key = set.split('=').next().unwrap_or_default();
        let pointer = format!("/{}", key.replace('.', "/"));
        anyhow::ensure!(
            values.pointer(&pointer).is_some(),
            "the chart has no value {key}"
        );
    }
    Ok(())
}

/// Paths in a Tiltfile begin at its folder.
fn beside(path: &str) -> anyhow::Result<()> {
    exists(&format!("tilt/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with the file after a change, if Python's packages can be had.
    async fn fault(from: &str, to: &str) -> Option<String> {
        let text = std::fs::read_to_string(tree::root().join(FILE)).unwrap();
        assert!(text.contains(from), "{from} is not in it");
        let text = text.replace(from, to);
        match evaluate(&text, &[], "up").await {
            Ok(calls) => check_calls(&calls?).err().map(|it| format!("{it:#}")),
            Err(error) => Some(format!("{error:#}")),
        }
    }

    #[tokio::test]
    async fn a_fault_in_the_file_is_found() {
        if crate::tools::INNER_LOOP.installed().is_none() {
            return;
        }
        assert_eq!(fault("NAMESPACE", "NAMESPACE").await, None);
        let faults = [
            ("k8s_yaml(helm(", "k8s_yml(helm("),
            ("skips_local_docker=", "skip_local_docker="),
            (
                "allow_k8s_contexts('kind-storyloom')",
                "allow_k8s_contexts()",
            ),
            ("'../libs'", "'../lib'"),
            ("mailpit.yaml'", "mailpits.yaml'"),
            ("'storyctl']", "]"),
            ("keda.scaleToZero", "keda.scaleTozero"),
            ("--only compile", "--only compil"),
            ("'smoke --auth", "'smok --auth"),
            (
                "resource_deps=['init-secrets']",
                "resource_deps=['secrets']",
            ),
            (
                "argv=['tilt', 'trigger', owner",
                "argv=['tilt', 'trigger', 'x' + owner",
            ),
        ];
        for (from, to) in faults {
            assert!(fault(from, to).await.is_some(), "{to} is not found");
        }
    }
}
