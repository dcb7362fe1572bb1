//! What a change of values or of the version changes, and what it leaves.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use super::{images, names, unless};
use crate::chart::helm::{Asked, Helm};
use crate::chart::objects::{Pod, Rendering, at, kind, name, title};
use crate::chart::{folder, passed_unless};
use crate::checks::Outcome;

/// The longest names that there may be.
const LONG_RELEASE: usize = 53;
const LONG_PREFIX: usize = 32;
/// Where programs of others run, which a new version of ours leaves alone.
const FOREIGN: [&str; 2] = ["StatefulSet", "DaemonSet"];

/// Renders again with something changed.
pub async fn check(helm: &Helm) -> anyhow::Result<Outcome> {
    let all_on = Asked::of("all-on");
    let before = rendered(helm, &all_on).await?;
    let mut faults = Vec::new();

    let fewer = all_on.clone().set("story.config.quota.stories_per_day=7");
    let restarted = restarted(&before, &rendered(helm, &fewer).await?);
    let expected = ["story-api", "story-worker"]
        .map(|it| format!("Deployment {}-{it}", super::super::FULL_NAME));
    faults.extend(unless(restarted == expected, || {
        format!("a setting of story-service restarts {restarted:?}")
    }));

    let pinned = all_on.clone().and("digests");
    let registry = "mirror.example.org";
    let without = images::unpinned(&rendered(helm, &pinned).await?, registry);
    faults.extend(without.into_iter().map(|it| format!("not pinned: {it}")));

    let mut long = all_on.clone();
    long.release = Some("r".repeat(LONG_RELEASE));
    let long = long.set(&format!("fullnameOverride={}", "f".repeat(LONG_PREFIX)));
    faults.extend(names::faults(&rendered(helm, &long).await?));

    let next = next_version()?;
    let mut upgrade = all_on.clone();
    upgrade.chart = Some(next.path().to_owned());
    let after = rendered(helm, &upgrade).await?;
    faults.extend(unchangeable(&before, &after));
    faults.extend(same_jobs(&[before, after]));
    passed_unless(
        &faults,
        "a setting, digests, long names, the next version".to_owned(),
    )
}

async fn rendered(helm: &Helm, asked: &Asked) -> anyhow::Result<Rendering> {
    Ok(Rendering {
        set: "all-on".to_owned(),
        objects: helm.render(asked).await?,
    })
}

/// The chart as its next version.
fn next_version() -> anyhow::Result<tempfile::TempDir> {
    let next = tempfile::tempdir()?;
    copy(&folder(), next.path())?;
    let about = next.path().join("Chart.yaml");
    let text = fs::read_to_string(&about)?;
    let lines = text.lines().map(|line| match line.split_once(": ") {
        Some((key @ ("version" | "appVersion"), _)) => format!("{key}: \"9.9.9\"\n"),
        _ => format!("{line}\n"),
    });
    fs::write(&about, lines.collect::<String>())?;
    Ok(next)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The workloads whose pods differ.
fn restarted(before: &Rendering, after: &Rendering) -> Vec<String> {
    let pods: BTreeMap<_, _> = before
        .pods()
        .into_iter()
        .map(|it| (it.title(), it))
        .collect();
    let mut changed = Vec::new();
    for pod in after.pods().into_iter().filter(Pod::is_lasting) {
        let same = pods.get(&pod.title());
        let same = same.is_some_and(|it| it.spec == pod.spec && it.metadata == pod.metadata);
        if !same {
            changed.push(pod.title());
        }
    }
    changed.sort();
    changed
}

/// What an upgrade may not change: selectors, claims, and the pods of others.
fn unchangeable(before: &Rendering, after: &Rendering) -> Vec<String> {
    let mut faults = Vec::new();
    for old in &before.objects {
        let Some(new) = after.find(kind(old), name(old)) else {
            continue;
        };
        for place in [
            "/spec/selector",
            "/spec/volumeClaimTemplates",
            "/spec/serviceName",
        ] {
            faults.extend(unless(at(old, place) == at(new, place), || {
                format!("the next version changes {place} of {}", title(old))
            }));
        }
    }
    let restarted = restarted(before, after);
    let foreign = restarted
        .iter()
        .filter(|it| FOREIGN.iter().any(|kind| it.starts_with(kind)));
    faults.extend(foreign.map(|it| format!("the next version restarts {it}")));
    let own = restarted.iter().any(|it| it.starts_with("Deployment"));
    faults.extend(unless(own, || {
        "the next version restarts nothing".to_owned()
    }));
    faults
}

/// A Job of one name is one pod, and the same pod has one name, whatever the values.
pub fn same_jobs(renderings: &[Rendering]) -> Vec<String> {
    let mut by_name: BTreeMap<String, &Value> = BTreeMap::new();
    let mut by_pod: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut faults = Vec::new();
    for job in renderings.iter().flat_map(|it| it.of_kind("Job")) {
        let pod = at(job, "/spec/template");
        let (of, _hash) = name(job).rsplit_once('-').unwrap_or_default();
        let first = *by_name.entry(name(job).to_owned()).or_insert(pod);
        faults.extend(unless(first == pod, || {
            format!("{} has two different pods", title(job))
        }));
        let key = (of.to_owned(), pod.to_string());
        let named = by_pod.entry(key).or_insert_with(|| name(job).to_owned());
        faults.extend(unless(named == name(job), || {
            format!("{} and {named} have the same pod", title(job))
        }));
    }
    faults
}

/// The settings file of a service in a rendering.
pub fn settings_file<'a>(rendering: &'a Rendering, service: &str) -> anyhow::Result<&'a str> {
    let ending = format!("-{service}");
    let mut files = rendering
        .of_kind("ConfigMap")
        .filter(|it| name(it).ends_with(&ending));
    let file = files
        .next()
        .with_context(|| format!("no settings of {service}"))?;
    Ok(at(file, "/data/settings.toml").as_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::rules::planted::{deployment, finds, rendering};

    #[test]
    fn a_job_that_changes_changes_its_name() {
        let job = |name: &str, image: &str| {
            rendering(&format!(
                "kind: Job\nmetadata: {{name: {name}}}\nspec: {{template: {{image: {image}}}}}"
            ))
        };
        assert!(same_jobs(&[job("m-1", "a"), job("m-2", "b")]).is_empty());
        finds(
            &same_jobs(&[job("m-1", "a"), job("m-1", "b")]),
            &["two different"],
        );
        finds(
            &same_jobs(&[job("m-1", "a"), job("m-2", "a")]),
            &["the same pod"],
        );
    }

    #[test]
    fn a_changed_selector_is_found() {
        let before = deployment("replicas: 2", "replicas: 2");
        let after = deployment(
            "  selector:\n    matchLabels:\n      app.kubernetes.io/name: storyloom",
            "  selector:\n    matchLabels:\n      app.kubernetes.io/name: other",
        );
        let faults = unchangeable(&before, &after);
        assert!(faults[0].contains("/spec/selector"), "{faults:?}");
    }

    #[test]
    fn only_what_changed_is_restarted() {
        let before = deployment("replicas: 2", "replicas: 2");
        assert_eq!(restarted(&before, &before), Vec::<String>::new());
        let after = deployment("cpu: 100m", "cpu: 200m");
        assert_eq!(
            restarted(&before, &after),
            ["Deployment tale-storyloom-auth"]
        );
    }
}
