use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::http::Client;

use crate::cluster::access::Cluster;
use crate::cluster::flow::Reader;
use crate::cluster::kube;
use crate::cluster::release::name_of;
use crate::cluster::results::Outcome;
use crate::cluster::stage::Stage;
use crate::environment;

/// How long lines may be on their way.
const PATIENCE: Duration = Duration::from_mins(2);

/// Filebeat as the kit's cluster has it; elsewhere the chart's own is pulled.
const IMAGE: &str = "local/filebeat:kit";

/// Lines by pod and container.
type Lines = BTreeMap<String, u64>;

/// What the pods write arrives in Elasticsearch, each line once, also when it is read again.
pub async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    let Some(folder) = environment::text("STORYLOOM_ELASTIC") else {
        return Ok(Outcome::Skipped(
            "STORYLOOM_ELASTIC does not name the folder of the Elasticsearch kit".to_owned(),
        ));
    };
    let elastic = Elastic::start(folder.into(), &stage.cluster).await?;
    let hosts = format!("elasticsearch.hosts={{{}}}", elastic.url);
    let mut sets = vec![hosts.as_str(), "keda.enabled=false"];
    if stage.cluster.is_kit() {
        sets.extend([
            "logShipper.image.registry=",
            "logShipper.image.repository=local/filebeat",
            "logShipper.image.tag=kit",
        ]);
    }
    // Workers that stay: what a pod wrote can be counted only as long as there is the pod.
    stage.install(&sets).await?;
    let reader = Reader::sign_up(stage).await?;
    reader.ask().await?;
    reader.receive(stage, 1).await?;

    let arrived = elastic.all_arrive(stage).await?;
    let total: u64 = arrived.values().sum();
    let counted = format!(
        "{total} lines of {} containers, as many as written",
        arrived.len()
    );
    stage.figure("in Elasticsearch", &counted);
    let ours = elastic.count("logs-storyloom.*", &services()).await?;
    stage.figure("of them by services", &format!("{ours}, as fields"));
    anyhow::ensure!(ours > 0, "no line arrived as fields");
    let refused = elastic
        .count("logs-storyloom.rejected-*", &everything())
        .await?;
    stage.figure("refused", &refused.to_string());
    anyhow::ensure!(refused == 0, "Elasticsearch refused {refused} lines");

    // It forgets with its pod how far it had read.
    let logs = stage.beside("logs");
    let all = ["-n", &logs, "delete", "pod", "--all", "--wait"];
    stage.cluster.kubectl(&all).await?;
    let status = [
        "-n",
        &logs,
        "rollout",
        "status",
        "daemonset",
        "--timeout=60s",
    ];
    stage.cluster.kubectl(&status).await?;
    reader.ask().await?;
    reader.receive(stage, 2).await?;
    let again: u64 = elastic.all_arrive(stage).await?.values().sum();
    anyhow::ensure!(again > total, "nothing new arrived");
    stage.figure(
        "all read again by a new shipper",
        &format!("{again} lines, as many as written: no duplicates"),
    );
    Ok(Outcome::Passed)
}

/// The kit's Elasticsearch; stopped when dropped.
struct Elastic {
    program: PathBuf,
    folder: TempDir,
    url: String,
    client: Client,
}

impl Elastic {
    async fn start(kit: PathBuf, cluster: &Cluster) -> anyhow::Result<Self> {
        let program = kit.join("elastic");
        kube::finish(tokio::process::Command::new(&program).arg("build")).await?;
        if cluster.is_kit() {
            let filebeat = environment::home()?.join(".cache/test-elastic/bin/filebeat");
            cluster.image(IMAGE, &filebeat).await?;
        }
        let folder = tempfile::tempdir()?;
        let mut up = tokio::process::Command::new(&program);
        up.arg("up").env("ELASTIC_STATE", folder.path());
        up.env("ELASTIC_BIND", cluster.host.to_string());
        let url = kube::finish(&mut up).await?.trim().to_owned();
        let client = Client::new(url.as_str());
        Ok(Self {
            program,
            folder,
            url,
            client,
        })
    }

    /// Waits until there are as many lines of each container as it has written; answers them.
    async fn all_arrive(&self, stage: &Stage) -> anyhow::Result<Lines> {
        kube::until("all lines arrive", PATIENCE, async || {
            let arrived = self.arrived().await?;
            let written = written(stage).await?;
            anyhow::ensure!(arrived == written, "{}", difference(&written, &arrived));
            Ok(Some(arrived))
        })
        .await
    }

    async fn arrived(&self) -> anyhow::Result<Lines> {
        self.client
            .post("/logs-storyloom.*/_refresh")
            .try_send()
            .await?
            .ensure(200)?;
        let mut lines = Lines::new();
        let mut after = Value::Null;
        loop {
            let mut pages = json!({"size": 500, "sources": [
                {"pod": {"terms": {"field": "kubernetes.pod.name"}}},
                {"container": {"terms": {"field": "kubernetes.container.name"}}},
            ]});
            if !after.is_null() {
                pages["after"] = after;
            }
            let question = json!({"size": 0, "aggs": {"lines": {"composite": pages}}});
            let answer = self.ask("/logs-storyloom.*/_search", &question).await?;
            let buckets = answer.pointer("/aggregations/lines/buckets");
            for bucket in buckets.and_then(Value::as_array).into_iter().flatten() {
                let part = |it| {
                    bucket
                        .pointer(it)
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                };
                let name = format!("{}/{}", part("/key/pod"), part("/key/container"));
                let count = bucket.get("doc_count").and_then(Value::as_u64);
                lines.insert(name, count.unwrap_or(0));
            }
            match answer.pointer("/aggregations/lines/after_key") {
                Some(key) => after = key.clone(),
                None => return Ok(lines),
            }
        }
    }

    async fn count(&self, streams: &str, query: &Value) -> anyhow::Result<u64> {
        let answer = self.ask(&format!("/{streams}/_count"), query).await?;
        answer
            .get("count")
            .and_then(Value::as_u64)
            .context("no count")
    }

    async fn ask(&self, path: &str, question: &Value) -> anyhow::Result<Value> {
        let reply = self.client.post(path).json(question).try_send().await?;
        Ok(serde_json::from_slice(&reply.ensure(200)?.body)?)
    }
}

impl Drop for Elastic {
    fn drop(&mut self) {
        let mut down = std::process::Command::new(&self.program);
        let _ended = down
            .arg("down")
            .env("ELASTIC_STATE", self.folder.path())
            .output();
    }
}

fn everything() -> Value {
    json!({"query": {"match_all": {}}})
}

/// Lines that came apart into fields.
fn services() -> Value {
    json!({"query": {"exists": {"field": "service.name"}}})
}

/// How many lines each container of the release has written.
async fn written(stage: &Stage) -> anyhow::Result<Lines> {
    let mut lines = Lines::new();
    for pod in stage.pods(None).await? {
        let name = name_of(&pod);
        let statuses = ["initContainerStatuses", "containerStatuses"];
        let statuses = statuses.map(|it| pod.pointer(&format!("/status/{it}")));
        let statuses = statuses.into_iter().flatten().filter_map(Value::as_array);
        for container in statuses.flatten() {
            let container = container.get("name").and_then(Value::as_str);
            let container = container.unwrap_or_default();
            let text = stage.kubectl(&["logs", &name, "-c", container]).await?;
            let count = text.lines().count();
            if count > 0 {
                lines.insert(format!("{name}/{container}"), u64::try_from(count)?);
            }
        }
    }
    Ok(lines)
}

fn difference(written: &Lines, arrived: &Lines) -> String {
    let names = written.keys().chain(arrived.keys());
    let mut unlike: Vec<_> = names
        .filter(|it| written.get(*it) != arrived.get(*it))
        .map(|it| {
            let count = |lines: &Lines| lines.get(it).copied().unwrap_or(0);
            format!("{it} wrote {}, {} arrived", count(written), count(arrived))
        })
        .collect();
    unlike.sort();
    unlike.dedup();
    unlike.join("; ")
}
