use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::cluster::kube::{self, until};
use crate::cluster::load::{Books, Doors, Reader, Tally, Traffic};
use crate::cluster::release::name_of;
use crate::cluster::results::Outcome;
use crate::cluster::stage::Stage;

const PER_SECOND: u32 = 10;
const READERS: usize = 4;
const WHOLE_WITHIN: Duration = Duration::from_mins(1);
const PATIENCE: Duration = Duration::from_mins(3);
/// How long readers go on before each blow, so that stories are in flight.
const BETWEEN: Duration = Duration::from_secs(4);
const AGAIN: Duration = Duration::from_millis(500);
const SLOWLY: &str = "story.config.writer.scene_pause_ms=200";

/// Every pod is taken away, as who drains a node does it; then the databases are killed. The
/// databases are one pod each, so meanwhile requests fail; what was accepted is kept.
pub async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    stage.install(&[SLOWLY]).await?;
    let doors = Doors::of(stage).await?;
    let readers = Reader::several(stage, READERS).await?;
    let mut tally = Tally::default();
    for blow in ["all pods evicted", "redis", "postgres"] {
        let traffic = Traffic::asking(&doors, &readers, PER_SECOND);
        sleep(BETWEEN).await;
        let begun = Instant::now();
        let before = match blow {
            "redis" | "postgres" => kill(stage, blow).await?,
            _ => evict_all(stage).await?,
        };
        until("new pods", PATIENCE, async || {
            replaced(stage, &before).await
        })
        .await?;
        stage.all_ready(PATIENCE).await?;
        let took = begun.elapsed();
        tally.add(traffic.end().await?);
        stage.within(
            &format!("{blow} ({} pods): whole again", before.len()),
            took,
            WHOLE_WITHIN,
        )?;
    }
    let (failed, sent) = (tally.failed, tally.sent);
    stage.figure("requests meanwhile", &format!("{failed} of {sent} failed"));
    let mut books = Books::default();
    books.accept(tally.accepted);
    books.settle(stage).await?.must_be_good(stage)?;
    for reader in &readers {
        reader.renew(&doors.auth()).await?;
    }
    stage.figure("signed out", "nobody");
    Ok(Outcome::Passed)
}

type Uids = HashSet<String>;

fn uid(pod: &Value) -> String {
    let uid = pod.pointer("/metadata/uid").and_then(Value::as_str);
    uid.unwrap_or_default().to_owned()
}

/// The pods that are to run on, those of Jobs aside.
async fn lasting(stage: &Stage, component: Option<&str>) -> anyhow::Result<Vec<Value>> {
    let mut pods = stage.pods(component).await?;
    let owner = "/metadata/ownerReferences/0/kind";
    pods.retain(|it| {
        it.pointer(owner).and_then(Value::as_str) != Some("Job")
            && it.pointer("/metadata/deletionTimestamp").is_none()
    });
    Ok(pods)
}

/// Whether none of these is meant to run any more.
async fn replaced(stage: &Stage, before: &Uids) -> anyhow::Result<Option<()>> {
    let now = lasting(stage, None).await?;
    let left = now.iter().any(|it| before.contains(&uid(it)));
    Ok((!left).then_some(()))
}

/// Evicts every pod that is there, as often as its disruption budget refuses.
async fn evict_all(stage: &Stage) -> anyhow::Result<Uids> {
    let mut left = lasting(stage, None).await?;
    let all = left.iter().map(uid).collect();
    let end = Instant::now() + PATIENCE;
    while !left.is_empty() {
        let mut refused = Vec::new();
        for pod in left {
            if !evict(stage, &name_of(&pod)).await? {
                refused.push(pod);
            }
        }
        left = refused;
        anyhow::ensure!(
            Instant::now() < end,
            "{} pods may not be evicted",
            left.len()
        );
        sleep(AGAIN).await;
    }
    Ok(all)
}

/// Asks for an eviction; answers whether the pod goes.
async fn evict(stage: &Stage, pod: &str) -> anyhow::Result<bool> {
    let namespace = &stage.namespace;
    let eviction = json!({
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod, "namespace": namespace},
    });
    let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}/eviction");
    let mut command = stage.cluster.command("kubectl");
    command.args(["create", "--raw", &path, "-f", "-"]);
    match kube::finish_with(&mut command, &eviction.to_string()).await {
        Ok(_) => Ok(true),
        Err(error) => {
            let said = format!("{error:#}");
            // KEDA may have taken a worker away meanwhile.
            let gone = said.contains("not found");
            let refused = said.contains("disruption budget");
            anyhow::ensure!(gone || refused, "{said}");
            Ok(gone)
        }
    }
}

/// Kills a component's pod without a word of warning.
async fn kill(stage: &Stage, component: &str) -> anyhow::Result<Uids> {
    let pods = lasting(stage, Some(component)).await?;
    anyhow::ensure!(!pods.is_empty(), "there is no pod of {component}");
    for pod in &pods {
        let delete = [
            "delete",
            "pod",
            &name_of(pod),
            "--grace-period=0",
            "--force",
        ];
        stage.kubectl(&delete).await?;
    }
    Ok(pods.iter().map(uid).collect())
}
