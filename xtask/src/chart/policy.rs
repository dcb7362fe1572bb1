//! The policy scan: no findings but those that are waived in writing, by an annotation.

use std::fs;

use anyhow::Context as _;
use serde_json::Value;
use tokio::process::Command;

use super::helm::{Asked, Helm};
use super::objects::{items, text};
use super::{passed_unless, renderings, skipped};
use crate::checks::Outcome;
use crate::tools;

/// Images by digest, for which the defaults have tags.
const DIGESTS: &str = "digests";
/// What is waived, and for which kind of object.
const WAIVED: [(&str, &str); 4] = [
    ("CKV_K8S_8", "Pod"),
    ("CKV_K8S_9", "Pod"),
    ("CKV_K8S_23", "DaemonSet"),
    ("CKV_K8S_40", "DaemonSet"),
];
/// What a set of values switches off on purpose: network policies.
const OFF: (&str, &str) = ("parts", "CKV2_K8S_6");
/// How much of a set's name is its release's, so that the names of objects are not too long.
const NAME: usize = 16;

/// Every set by itself: each is a release of its own, whose selectors do not reach the others.
pub async fn check(helm: &Helm) -> anyhow::Result<Outcome> {
    let Some(tool) = tools::CHECKOV.try_install().await? else {
        return Ok(skipped("checkov cannot be had"));
    };
    let mut objects = Vec::new();
    for set in renderings::sets()? {
        let mut asked = Asked::of(&set).and(DIGESTS);
        let release: String = set.chars().take(NAME).collect();
        asked.release = Some(release.trim_end_matches('-').to_owned());
        objects.extend(helm.render(&asked).await?.iter().map(Value::to_string));
    }
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("objects.yaml");
    let documents = objects.iter().map(|it| format!("---\n{it}\n"));
    fs::write(&file, documents.collect::<String>())?;
    let mut checkov = Command::new(tool.join(tools::CHECKOV.program));
    checkov.args(["--framework", "kubernetes", "--skip-download", "--compact"]);
    checkov.args(["--output", "json", "--file"]).arg(&file);
    checkov.current_dir(folder.path()).kill_on_drop(true);
    let output = checkov.output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    let found: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("checkov: {}", said.trim()))?;
    let faults = faults(&found);
    let passed = found.pointer("/summary/passed").and_then(Value::as_u64);
    let passed = passed.context("checkov does not say what passed")?;
    anyhow::ensure!(passed > 10_000, "checkov looked at almost nothing");
    let (objects, waivers) = (
        objects.len(),
        items(&found, "/results/skipped_checks").len(),
    );
    passed_unless(
        &faults,
        format!("{objects} objects, {passed} passed, {waivers} waived"),
    )
}

fn faults(found: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let off = format!(".{}-", OFF.0);
    let mut seen_off = false;
    for finding in items(found, "/results/failed_checks") {
        let (id, resource) = (text(finding, "/check_id"), text(finding, "/resource"));
        if id == OFF.1 && resource.contains(&off) {
            seen_off = true;
            continue;
        }
        faults.push(format!("{id} {resource}: {}", text(finding, "/check_name")));
    }
    if !seen_off {
        faults.push(format!("{} of the set {} is not found", OFF.1, OFF.0));
    }
    for waiver in items(found, "/results/skipped_checks") {
        let (id, resource) = (text(waiver, "/check_id"), text(waiver, "/resource"));
        let kind = resource.split('.').next().unwrap_or_default();
        let reason = text(waiver, "/check_result/suppress_comment");
        if !WAIVED.contains(&(id, kind)) || reason.is_empty() {
            faults.push(format!("{id} {resource} is waived, and should not be"));
        }
    }
    let broken = items(found, "/results/parsing_errors").len();
    if broken > 0 {
        faults.push("checkov could not read everything".to_owned());
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn findings_and_other_waivers_are_faults() {
        let waived = |id: &str, resource: &str, reason: &str| json!({"check_id": id, "resource": resource, "check_result": {"suppress_comment": reason}});
        let found = json!({"results": {
            "failed_checks": [
                {"check_id": "CKV_K8S_1", "resource": "Pod.a.b"},
                {"check_id": "CKV2_K8S_6", "resource": "Pod.tales.parts-storyloom-auth"},
            ],
            "skipped_checks": [
                waived("CKV_K8S_8", "Pod.a.b", "it ends"),
                waived("CKV_K8S_8", "Deployment.a.b", "it is late"),
                waived("CKV_K8S_9", "Pod.a.b", ""),
            ],
        }});
        let faults = faults(&found);
        assert_eq!(faults.len(), 3, "{faults:#?}");
    }
}
