//! `skaffold.yaml`: it fits the published schema, this checkout and the chart, in every profile.

use serde_json::Value;

use super::{at, document, python, structure};
use crate::checks::Outcome;

const FILE: &str = "skaffold.yaml";
/// What the issue promises beside the file itself.
const PROFILES: [&str; 4] = ["ci", "dev", "external-db", "network-policies"];

/// Skaffold would understand it, and finds all that it names.
pub async fn check() -> anyhow::Result<Outcome> {
    let file = document(FILE)?;
    structure::check(&file)?;
    let mut variants = vec![file.clone()];
    let mut names = Vec::new();
    for profile in at(&file, "/profiles").as_array().into_iter().flatten() {
        let name = at(profile, "/name").as_str().unwrap_or_default();
        names.push(name);
        let mut patched = file.clone();
        for patch in at(profile, "/patches").as_array().into_iter().flatten() {
            apply(&mut patched, patch).map_err(|error| error.context(format!("profile {name}")))?;
        }
        structure::check(&patched).map_err(|error| error.context(format!("profile {name}")))?;
        variants.push(patched);
    }
    names.sort_unstable();
    anyhow::ensure!(names == PROFILES, "the profiles are {}", names.join(", "));
    python::fits_schema("skaffold-v4beta13.json", &variants).await
}

/// Changes the file as one patch of a profile says.
fn apply(file: &mut Value, change: &Value) -> anyhow::Result<()> {
    let path = at(change, "/path").as_str().unwrap_or_default();
    let (parent, key) = path.rsplit_once('/').unwrap_or_default();
    let replace = at(change, "/op") == "replace";
    anyhow::ensure!(
        replace || at(change, "/op") == "add",
        "{path}: not add or replace"
    );
    let value = at(change, "/value").clone();
    match file.pointer_mut(parent) {
        Some(Value::Array(list)) if key == "-" && !replace => list.push(value),
        Some(Value::Object(map)) if !replace || map.contains_key(key) => {
            map.insert(key.to_owned(), value);
        }
        _ => anyhow::bail!("there is no {path}"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patches_of_what_is_not_there_are_found() {
        let mut file = json!({"a": {"b.c": 1}, "l": []});
        let mut apply = |op, path| apply(&mut file, &json!({"op": op, "path": path, "value": 2}));
        apply("replace", "/a/b.c").unwrap();
        apply("add", "/a/new").unwrap();
        apply("add", "/l/-").unwrap();
        assert!(apply("replace", "/a/other").is_err());
        assert!(apply("add", "/z/new").is_err());
        assert_eq!(file, json!({"a": {"b.c": 2, "new": 2}, "l": [2]}));
    }

    #[test]
    fn a_fault_in_the_file_is_found() {
        let file = document(FILE).unwrap();
        structure::check(&file).unwrap();
        let faulty = |pointer: &str, value: Value| {
            let mut file = file.clone();
            *file.pointer_mut(pointer).unwrap() = value;
            let found = structure::check(&file);
            assert!(found.is_err(), "{pointer} is not looked at");
        };
        let artifact = "/build/artifacts/0";
        faulty(
            &format!("{artifact}/image"),
            json!("localhost:5001/storyloom/auth"),
        );
        faulty(
            &format!("{artifact}/custom/buildCommand"),
            json!("cargo xtask image auth-service --develop"),
        );
        faulty(
            &format!("{artifact}/custom/dependencies/paths"),
            json!(["libs"]),
        );
        let release = "/deploy/helm/releases/0";
        faulty(&format!("{release}/chartPath"), json!("charts/storylom"));
        faulty(&format!("{release}/valuesFiles/0"), json!("values.yaml"));
        faulty(
            &format!("{release}/setValues"),
            json!({"networkPolicy.enable": false}),
        );
        let template = json!({"auth.image.digest": "{{.IMAGE_DIGEST_auth_service}}"});
        faulty(&format!("{release}/setValueTemplates"), template);
        faulty("/verify/0/container/name", json!("other"));
        faulty("/verify/0/container/args/0", json!("smok"));
    }
}
