//! An installation that stays.

use std::process::ExitCode;

use serde_json::Value;

use super::access::Cluster;
use super::origin::Origin;
use super::release::{self, NAME};
use super::stage::{self, MARK};
use super::{ImageChoice, images, kube};
use crate::console::{self, Step};
use crate::tree;

const NAMESPACE: &str = "storyloom-up";

/// Installs this checkout; its mails wait until somebody listens for them.
pub async fn up(origin: Origin, choice: &ImageChoice) -> anyhow::Result<ExitCode> {
    let cluster = Cluster::open(origin).await?;
    images::bring(&cluster, choice).await?;
    cluster.apply(&stage::namespace(NAMESPACE)).await?;
    let step = Step::begin("installed");
    let mut install = cluster.command("helm");
    install.args(["upgrade", "--install", NAME, "--namespace", NAMESPACE]);
    install.arg(release::chart()).arg("--values");
    install.arg(tree::root().join("charts/storyloom/ci/cluster-values.yaml"));
    install.arg("--set");
    install.arg(format!("notification.smtp.host={}", cluster.host));
    install.args(["--set", "tests.inbox.url="]);
    kube::finish(&mut install).await?;
    let available = [
        "wait",
        "deployments",
        "--all",
        "--for=condition=Available",
        "--namespace",
        NAMESPACE,
        "--timeout=240s",
    ];
    cluster.kubectl(&available).await?;
    step.done(NAMESPACE);
    console::line("");
    console::line(&format!("  {}", cluster.how_to_use()));
    console::line(&format!("  kubectl -n {NAMESPACE} get pods"));
    console::line(&format!(
        "  kubectl -n {NAMESPACE} port-forward service/{NAME}-auth 8080"
    ));
    console::line(&format!(
        "  mails, codes among them, wait until a mail server listens on {}:1025, such as `mailpit`",
        cluster.host
    ));
    console::line("  `cargo xtask cluster down` removes it");
    Ok(ExitCode::SUCCESS)
}

/// Removes what `up` installed, and what runs that were killed have left.
pub async fn down(cluster: &Cluster) -> anyhow::Result<ExitCode> {
    let ours = cluster.json(&["get", "namespaces", "-l", MARK]).await?;
    let ours = ours.get("items").and_then(Value::as_array);
    let names: Vec<_> = ours.into_iter().flatten().map(release::name_of).collect();
    anyhow::ensure!(!names.is_empty(), "there is nothing to remove");
    for name in names {
        let step = Step::begin("removed");
        stage::remove(cluster, &name);
        step.done(&name);
    }
    Ok(ExitCode::SUCCESS)
}
