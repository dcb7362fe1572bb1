use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::{MailSink, MailSinkPorts, free_port};

use super::access::Cluster;
use super::kube;
use crate::console;

/// Who marks what is ours, so that `down` finds what a killed run left.
pub const MARK: &str = "storyloom.dev/cluster-run";

const SMTP: u16 = 1025;
const HTTP: u16 = 8025;

/// Where a scenario plays: a namespace and a mail server of its own. Both go with it.
pub struct Stage {
    pub cluster: Rc<Cluster>,
    pub namespace: String,
    /// The mail server that the release uses; it is on this machine.
    pub inbox: MailSink,
    figures: RefCell<Vec<String>>,
}

impl Stage {
    /// Makes the namespace, in which Pod Security `restricted` is enforced, and the mail server.
    pub async fn open(cluster: &Rc<Cluster>, scenario: &str) -> anyhow::Result<Self> {
        let [a, b] = testkit::random_bytes::<2>();
        let stage = Self {
            cluster: Rc::clone(cluster),
            namespace: format!("storyloom-{a:02x}{b:02x}-{scenario}"),
            inbox: mail_server(cluster).await?,
            figures: RefCell::default(),
        };
        cluster.apply(&namespace(&stage.namespace)).await?;
        Ok(stage)
    }

    /// Runs kubectl in the namespace; answers what it printed.
    pub async fn kubectl(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = self.cluster.command("kubectl");
        command.args(["--namespace", &self.namespace]);
        kube::finish(command.args(arguments)).await
    }

    /// Runs kubectl in the namespace; answers the object or list that it printed.
    pub async fn json(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let arguments = [arguments, &["-o", "json"]].concat();
        Ok(serde_json::from_str(&self.kubectl(&arguments).await?)?)
    }

    /// Runs helm in the namespace; answers what it printed.
    pub async fn helm(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = self.cluster.command("helm");
        command.args(["--namespace", &self.namespace]);
        kube::finish(command.args(arguments)).await
    }

    /// The pods of the namespace that are of a component, or all.
    pub async fn pods(&self, component: Option<&str>) -> anyhow::Result<Vec<Value>> {
        let label = component.map(|it| format!("app.kubernetes.io/component={it}"));
        let selector = label.unwrap_or_default();
        let mut list = self.json(&["get", "pods", "-l", &selector]).await?;
        Ok(match list.get_mut("items").map(Value::take) {
            Some(Value::Array(pods)) => pods,
            _ => Vec::new(),
        })
    }

    /// Takes a figure into the table, and shows it at once.
    pub fn figure(&self, what: &str, figure: &str) {
        let text = format!("{what}: {figure}");
        console::line(&format!("      {text}"));
        self.figures.borrow_mut().push(text);
    }

    /// Takes a time into the table; fails if it is over the limit.
    pub fn within(&self, what: &str, took: Duration, limit: Duration) -> anyhow::Result<()> {
        let (took_text, limit_text) = (console::seconds(took), limit.as_secs());
        self.figure(what, &format!("{took_text} (at most {limit_text} s)"));
        anyhow::ensure!(took <= limit, "{what} took {took_text}");
        Ok(())
    }

    /// The name of another namespace that goes with the stage: `logs` for the log shipper,
    /// `other` for neighbours.
    pub fn beside(&self, what: &str) -> String {
        format!("{}-{what}", self.namespace)
    }

    /// The figures so far.
    pub fn figures(&self) -> Vec<String> {
        self.figures.borrow().clone()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        remove(&self.cluster, &self.namespace);
    }
}

/// Removes a namespace, the release in it, and what they held; returns when they are gone.
pub fn remove(cluster: &Cluster, namespace: &str) {
    // First, because a release may have objects outside of its namespace.
    let mut uninstall = cluster.blocking("helm");
    uninstall.args(["uninstall", super::release::NAME, "--namespace", namespace]);
    let _none = uninstall.args(["--ignore-not-found"]).output();
    let [logs, other] = ["logs", "other"].map(|it| format!("{namespace}-{it}"));
    let mut delete = cluster.blocking("kubectl");
    delete.args([
        "delete",
        "namespace",
        namespace,
        &logs,
        &other,
        "--ignore-not-found",
        "--timeout=150s",
    ]);
    match delete.output() {
        Ok(output) if output.status.success() => cluster.free_volumes(),
        _ => console::note(&format!("the namespace {namespace} could not be removed")),
    }
}

/// A namespace of ours.
pub fn namespace(name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": name,
            "labels": {MARK: "true", "pod-security.kubernetes.io/enforce": "restricted"},
        },
    })
}

/// A mail server that the cluster's pods reach: on the usual ports, or others where they are
/// taken.
async fn mail_server(cluster: &Cluster) -> anyhow::Result<MailSink> {
    let usual = MailSinkPorts {
        smtp: SMTP,
        http: HTTP,
    };
    if let Ok(inbox) = MailSink::bind_on(cluster.host, usual).await {
        return Ok(inbox);
    }
    let others = MailSinkPorts {
        smtp: free_port(),
        http: free_port(),
    };
    Ok(MailSink::bind_on(cluster.host, others).await?)
}
