use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Container, KeyToPath, PodSpec};

/// Secrets, with the keys of each.
pub type Needs = BTreeMap<String, BTreeSet<String>>;

/// The secrets that pods cannot do without, with the keys that they name, and the optional ones
/// of which they name the keys.
pub fn of_pods(pods: impl Iterator<Item = PodSpec>) -> Needs {
    let mut needs = Needs::new();
    for pod in pods {
        for volume in pod.volumes.iter().flatten() {
            if let Some(secret) = &volume.secret
                && let Some(name) = &secret.secret_name
                && secret.optional != Some(true)
            {
                add(&mut needs, name, secret.items.as_deref());
            }
            let projected = volume.projected.iter();
            let sources = projected.flat_map(|it| it.sources.iter().flatten());
            for secret in sources.filter_map(|source| source.secret.as_ref()) {
                // Secrets that are the user's own are optional in the chart, so that the process
                // itself names what is missing. One that sleeps cannot.
                if secret.optional != Some(true) || secret.items.is_some() {
                    add(&mut needs, &secret.name, secret.items.as_deref());
                }
            }
        }
        let init = pod.init_containers.iter().flatten();
        for container in init.chain(&pod.containers) {
            of_environment(container, &mut needs);
        }
    }
    needs
}

fn add(needs: &mut Needs, secret: &str, items: Option<&[KeyToPath]>) {
    let keys = needs.entry(secret.to_owned()).or_default();
    keys.extend(items.into_iter().flatten().map(|item| item.key.clone()));
}

fn of_environment(container: &Container, needs: &mut Needs) {
    let variables = container.env.iter().flatten();
    let sources = variables.filter_map(|variable| variable.value_from.as_ref());
    for key in sources.filter_map(|source| source.secret_key_ref.as_ref()) {
        if key.optional != Some(true) {
            let keys = needs.entry(key.name.clone()).or_default();
            keys.insert(key.key.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_way_to_name_a_secret_is_known() {
        let pod = serde_json::from_value(json!({
            "initContainers": [{"name": "a", "env": [
                {"name": "A", "valueFrom": {"secretKeyRef": {"name": "by-env", "key": "k"}}}]}],
            "containers": [{"name": "b"}],
            "volumes": [
                {"name": "v", "secret": {"secretName": "whole"}},
                {"name": "w", "projected": {"sources": [
                    {"secret": {"name": "parts", "items": [
                        {"key": "x", "path": "p/x"}, {"key": "y", "path": "p/y"}]}},
                    {"secret": {"name": "maybe", "optional": true}},
                    {"secret": {"name": "own", "optional": true, "items": [{"key": "z", "path": "p/z"}]}},
                    {"configMap": {"name": "no-secret"}}]}},
            ],
        }));
        let needs = of_pods(std::iter::once(pod.unwrap()));
        let keys = |name: &str| needs[name].iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(needs.len(), 4);
        assert_eq!(keys("by-env"), ["k"]);
        assert_eq!(keys("parts"), ["x", "y"]);
        assert_eq!(keys("own"), ["z"]);
        assert!(keys("whole").is_empty());
    }
}
