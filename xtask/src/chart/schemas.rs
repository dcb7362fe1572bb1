//! Every object is what its API takes: Kubernetes' own schemas, and those of CRDs.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::Value;
use tokio::process::Command;

use super::objects::{Rendering, kind, name, text};
use super::{passed_unless, skipped};
use crate::checks::Outcome;
use crate::{environment, inner_loop, tools};

const SCRIPT: &str = include_str!("schemas.py");
const VERSIONS: &str = "1.33,1.34,1.35,1.36,1.37";
/// Where the CRDs of others are: a folder with their YAML files.
const SCHEMAS: &str = "STORYLOOM_SCHEMAS";
const KEDA: (&str, &str) = ("github.com/kedacore/keda/v2", "v2.21.0");
/// The name of an object with a fault, by which a check shows that it can fail.
const PLANTED: &str = "planted-fault";

/// Who defines a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Kubernetes,
    Keda,
    Others,
}

/// The kinds that Kubernetes itself has, those of `k8s/dev` included, for every version that the
/// chart is for.
pub async fn check(renderings: &[Rendering]) -> anyhow::Result<Outcome> {
    let mut objects = different(renderings, Origin::Kubernetes);
    objects.extend(inner_loop::objects()?);
    validated(objects, &[]).await
}

/// KEDA's kinds.
pub async fn of_keda(renderings: &[Rendering]) -> anyhow::Result<Outcome> {
    let module = tools::go_module(KEDA.0, KEDA.1).await;
    let Some(module) = tools::unless_needed(module)? else {
        return Ok(skipped("KEDA's CRDs cannot be had"));
    };
    let files = yaml_files(&module.join("config/crd/bases"))?;
    validated(different(renderings, Origin::Keda), &files).await
}

/// The kinds of the Gateway API, of `CloudNativePG` and of the Prometheus operator.
pub async fn of_others(renderings: &[Rendering]) -> anyhow::Result<Outcome> {
    let Some(folder) = environment::text(SCHEMAS) else {
        return Ok(skipped(
            "Gateway API, CloudNativePG, Prometheus: STORYLOOM_SCHEMAS is not set",
        ));
    };
    let files = yaml_files(&PathBuf::from(folder))?;
    validated(different(renderings, Origin::Others), &files).await
}

fn yaml_files(folder: &std::path::Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn origin(object: &Value) -> Origin {
    let group = text(object, "/apiVersion")
        .split_once('/')
        .unwrap_or_default()
        .0;
    match group {
        "keda.sh" => Origin::Keda,
        "gateway.networking.k8s.io" | "postgresql.cnpg.io" | "monitoring.coreos.com" => {
            Origin::Others
        }
        _ => Origin::Kubernetes,
    }
}

/// The different objects of all sets; the same one stands in many.
fn different(renderings: &[Rendering], of: Origin) -> Vec<Value> {
    let objects = renderings.iter().flat_map(|it| &it.objects);
    let wanted = objects.filter(|it| origin(it) == of);
    let by_text: BTreeMap<_, _> = wanted.map(|it| (it.to_string(), it)).collect();
    by_text.into_values().cloned().collect()
}

/// The first of each kind, with a field that no API has.
fn planted(objects: &[Value]) -> Vec<Value> {
    let by_kind: BTreeMap<_, _> = objects.iter().map(|it| (kind(it), it)).collect();
    let mut planted: Vec<_> = by_kind.into_values().cloned().collect();
    for object in &mut planted {
        if let Some(place) = object.pointer_mut("/metadata/name") {
            *place = Value::from(PLANTED);
        }
        if let Some(map) = object.as_object_mut() {
            map.insert("nonsense".to_owned(), Value::from(1));
        }
    }
    planted
}

async fn validated(mut objects: Vec<Value>, crds: &[PathBuf]) -> anyhow::Result<Outcome> {
    let Some(tool) = tools::KUBERNETES_VALIDATE.try_install().await? else {
        return Ok(skipped("kubernetes-validate cannot be had"));
    };
    let planted = planted(&objects);
    let count = objects.len();
    objects.extend(planted.iter().cloned());
    let folder = tempfile::tempdir()?;
    let (script, list) = (
        folder.path().join("schemas.py"),
        folder.path().join("objects.json"),
    );
    fs::write(&script, SCRIPT)?;
    fs::write(&list, serde_json::to_string(&objects)?)?;
    let mut python = Command::new(tool.join("python3"));
    python.arg(script).arg(list).arg(VERSIONS).args(crds);
    let output = python.kill_on_drop(true).output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{}", said.trim());
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    let found = |key: &str| -> Vec<String> {
        let list = answer.get(key).and_then(Value::as_array);
        let texts = list.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    };
    let (seen, mut faults): (Vec<_>, Vec<_>) = found("faults")
        .into_iter()
        .partition(|it| it.contains(PLANTED));
    for object in &planted {
        let about = format!("{} {}", kind(object), name(object));
        anyhow::ensure!(
            seen.iter().any(|it| it.starts_with(&about)),
            "a fault that was planted in a {} is not found",
            kind(object)
        );
    }
    faults.extend(
        found("unknown")
            .iter()
            .map(|it| format!("no schema of {it}")),
    );
    let checked = answer.get("checked").unwrap_or(&Value::Null);
    passed_unless(&faults, format!("{count} objects, {checked} times"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_object_is_checked_once() {
        let objects = super::super::helm::objects(
            "kind: A\napiVersion: keda.sh/v1\n---\nkind: A\napiVersion: keda.sh/v1\n---\nkind: B\napiVersion: v1",
        );
        let set = "x".to_owned();
        let rendering = Rendering {
            set,
            objects: objects.unwrap(),
        };
        assert_eq!(different(&[rendering], Origin::Keda).len(), 1);
    }
}
