use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::programs::Programs;
use super::up;

/// Stands for every program: notes how it was called, and answers as its first run on a machine
/// would, or as a later one if there is a file `again`.
const STAND_IN: &str = r#"#!/bin/sh
name=$(basename "$0")
here=$(dirname "$0")
echo "$name $*" >> "$here/calls"
case "$name $1 $2" in
    "docker inspect --format") [ -e "$here/again" ] || [ "$3" != "{{.State.Running}}" ] || exit 1
        case "$3" in *State*) echo true ;; *) [ ! -e "$here/again" ] || echo "bridge kind" ;; esac ;;
    "docker exec -i") cat >> "$here/read" ;;
    "kind get clusters") [ ! -e "$here/again" ] || echo storyloom ;;
    "kind get nodes") echo storyloom-control-plane ;;
esac
"#;

fn stand_ins(folder: &Path) -> Programs {
    for name in ["kind", "kubectl", "helm", "docker"] {
        let path = folder.join(name);
        fs::write(&path, STAND_IN).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    Programs::find(|name| Some(folder.join(name)).filter(|it| it.exists())).unwrap()
}

fn calls(folder: &Path) -> Vec<String> {
    let calls = fs::read_to_string(folder.join("calls")).unwrap();
    fs::remove_file(folder.join("calls")).unwrap();
    calls.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_cluster_is_made_once_and_named_in_every_call() {
    let folder = tempfile::tempdir().unwrap();
    let programs = stand_ins(folder.path());
    up::up(&programs).await.unwrap();
    let first = calls(folder.path());
    let position = |begin: &str| first.iter().position(|it| it.starts_with(begin));
    let order = [
        "docker run --detach",
        "kind create cluster --config k8s/kind.yaml",
        "docker network connect kind storyloom-registry",
        "docker exec -i storyloom-control-plane cp",
        "kubectl --context kind-storyloom label namespace kube-system storyloom.dev/disposable=true",
        "kubectl --context kind-storyloom apply --server-side --kustomize k8s/dev",
        "helm upgrade --install keda",
        "helm upgrade --install metrics-server",
        "helm upgrade --install traefik",
    ];
    let places = order.map(position);
    assert!(places.iter().all(Option::is_some), "{first:#?}");
    assert!(places.is_sorted(), "{first:#?}");
    for call in &first {
        let elsewhere = call.starts_with("kubectl") || call.starts_with("helm");
        assert!(!elsewhere || call.contains("kind-storyloom"), "{call}");
    }
    let hosts = fs::read_to_string(folder.path().join("read")).unwrap();
    assert_eq!(hosts, "[host.\"http://storyloom-registry:5000\"]\n");

    fs::write(folder.path().join("again"), "").unwrap();
    up::up(&programs).await.unwrap();
    let second = calls(folder.path()).join("\n");
    for once in ["docker run", "kind create", "network connect"] {
        assert!(!second.contains(once), "{second}");
    }
}

#[tokio::test]
async fn what_is_removed_is_ours_alone() {
    let folder = tempfile::tempdir().unwrap();
    up::down(&stand_ins(folder.path())).await.unwrap();
    let expected = [
        "kind delete cluster --name storyloom",
        "docker rm --force --volumes storyloom-registry",
    ];
    assert_eq!(calls(folder.path()), expected);
}
