//! `k8s/kind.yaml` and `k8s/dev`: they fit each other and `cargo xtask kind`, images are pinned,
//! and pods pass Pod Security `restricted`.

use anyhow::Context as _;
use serde_json::{Value, json};

use super::{at, document, documents, exists, texts};
use crate::checks::Outcome;
use crate::{kind, tree};

const FOLDER: &str = "k8s/dev";
const NAMESPACES: [&str; 3] = ["kube-public", "storyloom", "storyloom-dev"];

pub fn check() -> anyhow::Result<Outcome> {
    let cluster = document("k8s/kind.yaml")?;
    anyhow::ensure!(
        at(&cluster, "/name") == kind::CLUSTER,
        "kind.yaml has another name"
    );
    let kustomization = document(&format!("{FOLDER}/kustomization.yaml"))?;
    texts(at(&kustomization, "/resources")).try_for_each(|it| exists(&format!("{FOLDER}/{it}")))?;
    kind::RECIPES
        .iter()
        .try_for_each(|it| exists_if_any(it.values))?;
    let objects = objects()?;
    objects.iter().try_for_each(check_object)?;
    Ok(Outcome::Passed(format!("{} objects", objects.len())))
}

/// The objects of `k8s/dev`.
pub fn objects() -> anyhow::Result<Vec<Value>> {
    let mut objects = Vec::new();
    for entry in std::fs::read_dir(tree::root().join(FOLDER))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.ends_with("-values.yaml") && name != "kustomization.yaml" {
            objects.extend(documents(&format!("{FOLDER}/{name}"))?);
        }
    }
    Ok(objects)
}

fn exists_if_any(path: Option<&str>) -> anyhow::Result<()> {
    path.map_or(Ok(()), exists)
}

fn check_object(object: &Value) -> anyhow::Result<()> {
    let text = |pointer| at(object, pointer).as_str().unwrap_or_default();
    let (kind, name) = (text("/kind"), text("/metadata/name"));
    anyhow::ensure!(
        !kind.is_empty() && !name.is_empty(),
        "an object without a name"
    );
    anyhow::ensure!(!text("/apiVersion").is_empty(), "{name} has no version");
    let namespace = if kind == "Namespace" {
        name
    } else {
        text("/metadata/namespace")
    };
    anyhow::ensure!(NAMESPACES.contains(&namespace), "{name} is in {namespace}");
    if kind == "Namespace" {
        let level = at(
            object,
            "/metadata/labels/pod-security.kubernetes.io~1enforce",
        );
        anyhow::ensure!(
            level == "restricted",
            "{name} lets pods do more than they need"
        );
    }
    if kind == "ConfigMap" && name == "local-registry-hosting" {
        let told = text("/data/localRegistryHosting.v1");
        anyhow::ensure!(told.contains(kind::REGISTRY), "the registry is another one");
    }
    match at(object, "/spec/template/spec") {
        Value::Null => Ok(()),
        pod => check_pod(pod).with_context(|| name.to_owned()),
    }
}

/// What Pod Security `restricted` asks for, and no token or image that may change.
fn check_pod(pod: &Value) -> anyhow::Result<()> {
    let user = at(pod, "/securityContext/runAsNonRoot") == true;
    let profile = at(pod, "/securityContext/seccompProfile/type") == "RuntimeDefault";
    anyhow::ensure!(user && profile, "the pod is not restricted");
    let token = at(pod, "/automountServiceAccountToken") == false;
    anyhow::ensure!(token, "the pod has a token that it does not need");
    for container in at(pod, "/containers").as_array().into_iter().flatten() {
        let rises = at(container, "/securityContext/allowPrivilegeEscalation") == false;
        let may = at(container, "/securityContext/capabilities/drop") == &json!(["ALL"]);
        anyhow::ensure!(rises && may, "a container is not restricted");
        let image = at(container, "/image").as_str().unwrap_or_default();
        let name = image.rsplit('/').next().unwrap_or_default();
        let ours = image.starts_with(kind::REGISTRY);
        let pinned = name.contains(':') && !name.ends_with(":latest");
        anyhow::ensure!(ours || pinned, "{image} has no tag");
        for bound in ["/resources/limits/cpu", "/resources/limits/memory"] {
            anyhow::ensure!(!at(container, bound).is_null(), "a container has no bounds");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cluster_for_development_has_fits() {
        assert!(matches!(check(), Ok(Outcome::Passed(_))));
    }

    #[test]
    fn a_pod_that_may_more_is_found() {
        let mailpit = documents("k8s/dev/mailpit.yaml").unwrap().remove(0);
        check_object(&mailpit).unwrap();
        let pod = "/spec/template/spec";
        let faults = [
            (format!("{pod}/securityContext/runAsNonRoot"), json!(false)),
            (format!("{pod}/automountServiceAccountToken"), json!(true)),
            (
                format!("{pod}/containers/0/image"),
                json!("axllent/mailpit"),
            ),
            (format!("{pod}/containers/0/securityContext"), json!({})),
            (format!("{pod}/containers/0/resources"), json!({})),
            ("/metadata/namespace".to_owned(), json!("default")),
        ];
        for (pointer, value) in faults {
            let mut object = mailpit.clone();
            *object.pointer_mut(&pointer).unwrap() = value;
            assert!(check_object(&object).is_err(), "{pointer} is not looked at");
        }
    }
}
