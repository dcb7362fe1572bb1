//! The chart's release on a stage.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;
use testkit::http::Client;

use super::kube;
use super::stage::Stage;
use crate::tree;

/// The name of the release, with which the names of all its objects begin.
pub const NAME: &str = "storyloom";

/// How long anything may take to get ready before it counts as never.
const PATIENCE: Duration = Duration::from_mins(4);

/// The chart of this checkout.
pub fn chart() -> PathBuf {
    tree::root().join("charts/storyloom")
}

impl Stage {
    /// Installs the chart, or brings the release to other values (`key=value`, as in
    /// `helm --set`), and waits until all is ready; answers how long it took.
    pub async fn install(&self, sets: &[&str]) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        self.upgrade(&chart(), sets).await?;
        self.all_ready(PATIENCE).await?;
        Ok(begun.elapsed())
    }

    /// As `install`, with another chart, and without waiting.
    pub async fn upgrade(&self, chart: &std::path::Path, sets: &[&str]) -> anyhow::Result<()> {
        let chart = chart.to_str().context("a folder's name is not UTF-8")?;
        let values = self.values(sets)?;
        let mut arguments = vec!["upgrade", "--install", NAME, chart];
        arguments.extend(values.iter().map(String::as_str));
        self.helm(&arguments).await?;
        Ok(())
    }

    /// The flags that name the values of every release on this stage, and others that win
    /// over them.
    pub fn values(&self, sets: &[&str]) -> anyhow::Result<Vec<String>> {
        let file = tree::root().join("charts/storyloom/ci/cluster-values.yaml");
        let file = file.to_str().context("a folder's name is not UTF-8")?;
        let mut flags = vec!["--values".to_owned(), file.to_owned()];
        let own = [
            format!("notification.smtp.host={}", self.cluster.host),
            format!("notification.smtp.port={}", self.inbox.smtp_port()),
            format!("tests.inbox.url={}", self.inbox.http_url()),
            format!("logShipper.namespace={}", self.beside("logs")),
        ];
        for set in own
            .into_iter()
            .chain(sets.iter().map(|it| (*it).to_owned()))
        {
            flags.extend(["--set".to_owned(), set]);
        }
        Ok(flags)
    }

    /// Waits until every Job of the namespace has succeeded and every workload has all its
    /// replicas, of the version that was asked for last.
    pub async fn all_ready(&self, deadline: Duration) -> anyhow::Result<()> {
        kube::until("all is ready", deadline, async || {
            let kinds = "deployments,statefulsets,daemonsets,jobs";
            let list = self.json(&["get", kinds]).await?;
            let items = list.get("items").and_then(Value::as_array);
            let items = items.map(Vec::as_slice).unwrap_or_default();
            let missing: Vec<_> = items
                .iter()
                .filter(|it| !is_ready(it))
                .map(name_of)
                .collect();
            anyhow::ensure!(missing.is_empty(), "not ready: {}", missing.join(", "));
            Ok((!items.is_empty()).then_some(()))
        })
        .await
    }

    /// A client of an API, `auth`, `story-api` or `notification-api`, through its Service.
    pub async fn client(&self, api: &str) -> anyhow::Result<Client> {
        Ok(Client::new(self.url(api).await?))
    }

    /// The address of an API's Service, which this machine reaches.
    pub async fn url(&self, api: &str) -> anyhow::Result<String> {
        let service = format!("{NAME}-{api}");
        let address = "jsonpath={.spec.clusterIP}";
        let arguments = ["get", "service", &service, "-o", address];
        let ip = self.kubectl(&arguments).await?;
        Ok(format!("http://{ip}:8080"))
    }
}

/// Whether a workload has what it wants, or a Job has succeeded.
fn is_ready(object: &Value) -> bool {
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64);
    let current = number("/status/observedGeneration") == number("/metadata/generation");
    let counts = |wanted: Option<i64>, fields: &[&str]| {
        let all = |it: &&str| number(it).unwrap_or(0) == wanted.unwrap_or(1);
        current && fields.iter().all(all)
    };
    match object.get("kind").and_then(Value::as_str) {
        Some("Job") => number("/status/succeeded").unwrap_or(0) >= 1,
        Some("DaemonSet") => counts(
            number("/status/desiredNumberScheduled"),
            &["/status/updatedNumberScheduled", "/status/numberReady"],
        ),
        Some("StatefulSet") => counts(
            number("/spec/replicas"),
            &["/status/readyReplicas", "/status/replicas"],
        ),
        _ => counts(
            number("/spec/replicas"),
            &[
                "/status/readyReplicas",
                "/status/updatedReplicas",
                "/status/replicas",
            ],
        ),
    }
}

/// The name of an object, for people.
pub fn name_of(object: &Value) -> String {
    let name = object.pointer("/metadata/name").and_then(Value::as_str);
    name.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_deployment_is_ready_when_all_replicas_are_of_its_last_version() {
        let check = |observed: i64, updated: i64, ready: i64, total: i64| {
            is_ready(&json!({
                "kind": "Deployment",
                "metadata": {"generation": 2},
                "spec": {"replicas": 2},
                "status": {
                    "observedGeneration": observed,
                    "updatedReplicas": updated,
                    "readyReplicas": ready,
                    "replicas": total,
                },
            }))
        };
        assert!(check(2, 2, 2, 2));
        assert!(!check(1, 2, 2, 2), "not looked at yet");
        assert!(!check(2, 1, 2, 2), "one is old");
        assert!(!check(2, 2, 1, 2), "one is not ready");
        assert!(!check(2, 2, 3, 3), "an old one is still there");
    }

    #[test]
    fn nothing_is_as_ready_as_nothing_wanted() {
        let asleep = json!({
            "kind": "Deployment",
            "metadata": {"generation": 1},
            "spec": {"replicas": 0},
            "status": {"observedGeneration": 1},
        });
        assert!(is_ready(&asleep));
    }

    #[test]
    fn a_job_is_ready_when_it_succeeded() {
        assert!(is_ready(
            &json!({"kind": "Job", "status": {"succeeded": 1}})
        ));
        assert!(!is_ready(&json!({"kind": "Job", "status": {"active": 1}})));
    }
}
