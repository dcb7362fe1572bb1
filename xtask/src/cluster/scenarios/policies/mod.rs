//! Network policies: what is meant to be reached is, nothing else.

mod probe;

use std::time::Duration;

use anyhow::Context as _;
use probe::Probe;
use serde_json::Value;

use crate::cluster::flow::Reader;
use crate::cluster::kube;
use crate::cluster::results::Outcome;
use crate::cluster::stage::Stage;

/// A place that a path leads to.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// A port of a pod of this component.
    Pod(&'static str, u16),
    Mail,
    Inbox,
    ApiServer,
}

/// Who must not get where, and who gets to the same place, so that the refusal is no accident.
struct Path {
    to: Place,
    refused: &'static str,
    allowed: &'static str,
}

/// A pod of nobody's, in the release's namespace; one in another namespace; one in the
/// namespace that metrics are read from. All others are named by their component.
const STRANGER: &str = "stranger";
const ELSEWHERE: &str = "elsewhere";
const METRICS: &str = "metrics";

const PATHS: &[Path] = &[
    path(Place::Pod("postgres", 5432), STRANGER, "auth"),
    path(Place::Pod("postgres", 5432), "test", "migrate"),
    path(Place::Pod("redis", 6379), STRANGER, "story-worker"),
    path(Place::Pod("redis", 6379), "migrate", "notification-worker"),
    path(Place::Pod("redis", 6379), ELSEWHERE, "auth"),
    path(Place::Pod("auth", 9090), STRANGER, "story-api"),
    path(
        Place::Pod("auth", 9090),
        "story-worker",
        "notification-worker",
    ),
    path(Place::Pod("auth", 9100), STRANGER, METRICS),
    path(Place::Pod("auth", 9101), ELSEWHERE, METRICS),
    path(Place::Pod("auth", 8080), "redis", STRANGER),
    path(Place::Mail, "story-worker", "notification-worker"),
    path(Place::Inbox, "notification-worker", "test"),
    path(Place::ApiServer, "auth", "init-secrets"),
];

const fn path(to: Place, refused: &'static str, allowed: &'static str) -> Path {
    Path {
        to,
        refused,
        allowed,
    }
}

/// The whole flow passes, KEDA's part included; forbidden paths are refused.
pub async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    stage
        .install(&["networkPolicy.metricsFrom[0].podSelector.matchLabels.probe=metrics"])
        .await?;
    let reader = Reader::sign_up(stage).await?;
    reader.ask().await?;
    reader.receive(stage, 1).await?;
    scaled_from_zero(stage).await?;
    stage.figure(
        "the whole flow",
        "passed; KEDA read Redis and woke both workers",
    );

    let who: Vec<_> = PATHS
        .iter()
        .flat_map(|it| [it.refused, it.allowed])
        .collect();
    let probes = Probe::start(stage, &who).await?;
    for path in PATHS {
        let (address, port) = find(stage, path.to).await?;
        for (from, wanted) in [(path.allowed, true), (path.refused, false)] {
            let open = probes.reaches(stage, from, &address, port).await?;
            anyhow::ensure!(
                open == wanted,
                "from {from} to {:?} the way is {}",
                path.to,
                if open { "open" } else { "closed" }
            );
        }
        let text = format!(
            "{} is refused, {} is let through",
            path.refused, path.allowed
        );
        stage.figure(&place(path.to), &text);
    }
    stage.figure("forbidden paths refused", &PATHS.len().to_string());
    Ok(Outcome::Passed)
}

/// Sees to it that KEDA reads the streams and that the workers were woken by it.
async fn scaled_from_zero(stage: &Stage) -> anyhow::Result<()> {
    let wait = Duration::from_mins(1);
    kube::until("KEDA reads the streams", wait, async || {
        let list = stage.json(&["get", "scaledobjects"]).await?;
        let objects = list.get("items").and_then(Value::as_array);
        let objects = objects.context("there is a list")?;
        let ready = objects.iter().filter(|it| condition(it, "Ready")).count();
        anyhow::ensure!(ready == 2, "{ready} of {} are ready", objects.len());
        let woken = |it: &&Value| it.pointer("/status/lastActiveTime").is_some();
        anyhow::ensure!(
            objects.iter().all(|it| woken(&it)),
            "a worker was never woken"
        );
        Ok(Some(()))
    })
    .await
}

fn condition(object: &Value, kind: &str) -> bool {
    let conditions = object
        .pointer("/status/conditions")
        .and_then(Value::as_array);
    let is =
        |it: &&Value, name: &str, value: &str| it.get(name).and_then(Value::as_str) == Some(value);
    let mut fitting = conditions
        .into_iter()
        .flatten()
        .filter(|it| is(it, "type", kind));
    fitting.any(|it| is(&it, "status", "True"))
}

/// Where a place is.
async fn find(stage: &Stage, place: Place) -> anyhow::Result<(String, u16)> {
    let host = stage.cluster.host.to_string();
    Ok(match place {
        Place::Pod(component, port) => {
            let label = format!("app.kubernetes.io/component={component},!probe");
            let first = "jsonpath={.items[0].status.podIP}";
            let arguments = ["get", "pods", "-l", &label, "-o", first];
            (stage.kubectl(&arguments).await?, port)
        }
        Place::Mail => (host, stage.inbox.smtp_port()),
        Place::Inbox => (host, stage.inbox.http_port()),
        Place::ApiServer => {
            let address = "jsonpath={.spec.clusterIP}";
            let arguments = [
                "-n",
                "default",
                "get",
                "service",
                "kubernetes",
                "-o",
                address,
            ];
            (stage.cluster.kubectl(&arguments).await?, 443)
        }
    })
}

/// For people.
fn place(place: Place) -> String {
    match place {
        Place::Pod(component, port) => format!("{component}:{port}"),
        Place::Mail => "mail server".to_owned(),
        Place::Inbox => "inbox".to_owned(),
        Place::ApiServer => "API server".to_owned(),
    }
}
