//! Secrets reach processes as files, each container those that it reads; the chart renders none.

use super::{of_containers, unless};
use crate::chart::objects::{Container, Pod, Rendering, items, text, title};

/// Where secret files are.
const FOLDER: &str = "/run/secrets/storyloom";
const WORDS: [&str; 4] = ["PASSWORD", "TOKEN", "SECRET", "KEY"];

pub fn faults(rendering: &Rendering) -> Vec<String> {
    let mut faults = Vec::new();
    for secret in rendering.of_kind("Secret") {
        faults.push(format!("{} is rendered", title(secret)));
    }
    faults.extend(of_containers(rendering, of_container));
    faults
}

fn of_container(pod: &Pod<'_>, container: Container<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    let from = items(container.spec, "/envFrom");
    faults.extend(unless(from.is_empty(), || "has envFrom".to_owned()));
    for variable in items(container.spec, "/env") {
        let name = text(variable, "/name");
        let key = variable.pointer("/valueFrom/secretKeyRef");
        faults.extend(unless(key.is_none(), || format!("{name} holds a secret")));
        let secret = WORDS.iter().any(|it| name.contains(it)) && !name.ends_with("_FILE");
        faults.extend(unless(!secret, || format!("{name} is no file")));
    }
    let mounted = files(pod, container);
    for (name, value) in container.variables() {
        let secret = name.ends_with("_FILE") && value.starts_with(FOLDER);
        let there = !secret || mounted.iter().any(|it| it == value);
        faults.extend(unless(there, || format!("{name}: {value} is not mounted")));
    }
    let variables = container.variables();
    for file in mounted.iter().filter(|_| is_ours(container)) {
        let read = variables
            .iter()
            .any(|(_, value)| value.contains(file.as_str()));
        // The settings name where a certificate authority is.
        let read = read || file.ends_with("postgres-ca/ca.crt");
        faults.extend(unless(read, || {
            format!("sees {file}, which it does not read")
        }));
    }
    faults
}

fn is_ours(container: Container<'_>) -> bool {
    text(container.spec, "/image").contains("storyloom/")
}

/// The secret files that the container sees.
fn files(pod: &Pod<'_>, container: Container<'_>) -> Vec<String> {
    let mounts = items(container.spec, "/volumeMounts").iter();
    let mut files = Vec::new();
    for mount in mounts.filter(|it| text(it, "/mountPath") == FOLDER) {
        let volumes = items(pod.spec, "/volumes").iter();
        let mounted = volumes.filter(|it| text(it, "/name") == text(mount, "/name"));
        let sources = mounted.flat_map(|it| items(it, "/projected/sources"));
        let items = sources.flat_map(|it| items(it, "/secret/items"));
        files.extend(items.map(|it| format!("{FOLDER}/{}", text(it, "/path"))));
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::rules::planted::{deployment, finds};

    #[test]
    fn a_secret_in_the_environment_is_found() {
        let planted = deployment(
            "env:\n",
            "env:\n            - {name: A, valueFrom: {secretKeyRef: {name: a, key: b}}}\n",
        );
        finds(&faults(&planted), &["A holds a secret"]);
        let planted = deployment(
            "env:\n",
            "env:\n            - {name: A__PASSWORD, value: x}\n",
        );
        finds(&faults(&planted), &["A__PASSWORD"]);
    }

    #[test]
    fn a_file_that_is_not_mounted_is_found() {
        let planted = deployment("storyloom/jwt/key}", "storyloom/jwt/other}");
        assert_eq!(faults(&planted).len(), 2);
    }
}
