//! Every pod passes Pod Security `restricted`; no pod is given the API server's token unasked.

use serde_json::Value;

use super::{is, unless};
use crate::chart::helm::NAMESPACE;
use crate::chart::objects::{Container, Pod, Rendering, at, items, namespace, text, title};

/// The kinds of volumes that `restricted` allows.
const VOLUMES: [&str; 8] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
];
const USER: u64 = 65532;

pub fn faults(rendering: &Rendering) -> Vec<String> {
    let mut faults = Vec::new();
    for pod in rendering.pods() {
        let named = |fault: String| format!("{}: {fault}", pod.title());
        faults.extend(pod_faults(&pod).into_iter().map(named));
    }
    for account in rendering.of_kind("ServiceAccount") {
        let off = at(account, "/automountServiceAccountToken") == &Value::Bool(false);
        faults.extend(unless(off, || format!("{} mounts tokens", title(account))));
    }
    faults
}

fn pod_faults(pod: &Pod<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    let spec = pod.spec;
    for key in ["hostNetwork", "hostPID", "hostIPC", "hostUsers"] {
        faults.extend(unless(spec.get(key).is_none(), || format!("has {key}")));
    }
    for key in ["automountServiceAccountToken", "enableServiceLinks"] {
        let off = spec.get(key) == Some(&Value::Bool(false));
        faults.extend(unless(off, || format!("{key} is not false")));
    }
    let profile = at(spec, "/securityContext/seccompProfile/type");
    faults.extend(unless(is(profile, "RuntimeDefault"), || {
        "has no seccomp profile".to_owned()
    }));
    if pod.is_shipper() {
        let elsewhere = namespace(pod.owner) != NAMESPACE;
        faults.extend(unless(elsewhere, || {
            "is in the release's namespace".to_owned()
        }));
    } else {
        faults.extend(volumes(spec));
    }
    for container in pod.containers() {
        let named = |fault| format!("{}: {fault}", container.name());
        faults.extend(container_faults(pod, container).into_iter().map(named));
    }
    faults
}

fn volumes(spec: &Value) -> Vec<String> {
    let volumes = items(spec, "/volumes").iter();
    let unfit = volumes.filter(|it| !VOLUMES.iter().any(|kind| it.get(kind).is_some()));
    unfit
        .map(|it| format!("volume {} is not restricted", text(it, "/name")))
        .collect()
}

fn container_faults(pod: &Pod<'_>, container: Container<'_>) -> Vec<String> {
    let context = at(container.spec, "/securityContext");
    let off = |key: &str| context.get(key) == Some(&Value::Bool(false));
    let on = |key: &str| context.get(key) == Some(&Value::Bool(true));
    let mut wanted = vec![
        (
            "allows privilege escalation",
            off("allowPrivilegeEscalation"),
        ),
        ("is privileged", !on("privileged")),
        (
            "may write its root file system",
            on("readOnlyRootFilesystem"),
        ),
        (
            "keeps capabilities",
            at(context, "/capabilities/drop/0") == "ALL",
        ),
        (
            "adds capabilities",
            items(context, "/capabilities/add").is_empty(),
        ),
        (
            "has a seccomp profile of its own",
            context.get("seccompProfile").is_none(),
        ),
    ];
    if !pod.is_shipper() {
        let user = at(context, "/runAsUser").as_u64();
        wanted.push(("may run as root", on("runAsNonRoot")));
        wanted.push(("does not run as 65532", user == Some(USER)));
    }
    let ports = items(container.spec, "/ports").iter();
    let on_host = ports.filter(|it| it.get("hostPort").is_some()).count();
    wanted.push(("has a port of the host", on_host == 0));
    let broken = wanted.into_iter().filter(|(_, kept)| !kept);
    broken.map(|(fault, _)| fault.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::rules::planted::{deployment, finds};

    #[track_caller]
    fn check(replaced: &str, by: &str, word: &str) {
        finds(
            &faults(&deployment(replaced, by)),
            &["tale-storyloom-auth", word],
        );
    }

    #[test]
    fn what_is_not_restricted_is_found() {
        check("runAsUser: 65532", "runAsUser: 0", "65532");
        check("drop: [ALL]", "drop: []", "capabilities");
        check("RuntimeDefault", "Unconfined", "seccomp");
        check(
            "configMap: {name: tale-storyloom-auth}",
            "hostPath: {path: /}",
            "volume",
        );
        check(
            "enableServiceLinks: false",
            "hostPID: true\n      enableServiceLinks: false",
            "hostPID",
        );
        check(
            "containerPort: 8080",
            "containerPort: 8080, hostPort: 80",
            "host",
        );
        check(
            "readOnlyRootFilesystem: true",
            "readOnlyRootFilesystem: false",
            "write",
        );
    }

    #[test]
    fn tokens_are_asked_for() {
        let planted = deployment("automountServiceAccountToken: false", "x: 1");
        assert_eq!(faults(&planted).len(), 2);
    }
}
