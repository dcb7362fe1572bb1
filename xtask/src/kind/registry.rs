//! The registry beside the cluster: images are pushed to it from this machine, and nodes pull
//! them from it, under the same name.

use super::programs::Programs;
use super::{CLUSTER, REGISTRY};

/// Its container's name, which is its host name for the nodes.
const CONTAINER: &str = "storyloom-registry";
const IMAGE: &str = "docker.io/library/registry:3";
/// The network that kind's nodes are in.
const NETWORK: &str = "kind";

/// Starts it, unless it runs.
pub async fn start(programs: &Programs) -> anyhow::Result<()> {
    let running = programs
        .engine(&["inspect", "--format", "{{.State.Running}}", CONTAINER])
        .await;
    match running.as_deref().map(str::trim) {
        Ok("true") => {}
        Ok(_) => {
            programs.engine(&["start", CONTAINER]).await?;
        }
        Err(_) => {
            let port = REGISTRY.replace("localhost", "127.0.0.1") + ":5000";
            let mut words = vec!["run", "--detach", "--restart=always", "--name", CONTAINER];
            words.extend(["--publish", &port, IMAGE]);
            programs.engine(&words).await?;
        }
    }
    Ok(())
}

/// Lets the nodes pull from it.
pub async fn connect(programs: &Programs) -> anyhow::Result<()> {
    let networks = "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}";
    let joined = programs
        .engine(&["inspect", "--format", networks, CONTAINER])
        .await?;
    if !joined.split_whitespace().any(|it| it == NETWORK) {
        programs
            .engine(&["network", "connect", NETWORK, CONTAINER])
            .await?;
    }
    let folder = format!("/etc/containerd/certs.d/{REGISTRY}");
    let file = format!("{folder}/hosts.toml");
    let hosts = format!("[host.\"http://{CONTAINER}:5000\"]\n");
    let nodes = programs.kind(&["get", "nodes", "--name", CLUSTER]).await?;
    for node in nodes.split_whitespace() {
        programs
            .engine(&["exec", node, "mkdir", "-p", &folder])
            .await?;
        programs
            .engine_reading(&["exec", "-i", node, "cp", "/dev/stdin", &file], &hosts)
            .await?;
    }
    Ok(())
}

/// Removes it, and the images in it.
pub async fn remove(programs: &Programs) -> anyhow::Result<()> {
    let words = ["rm", "--force", "--volumes", CONTAINER];
    programs.engine(&words).await?;
    Ok(())
}
