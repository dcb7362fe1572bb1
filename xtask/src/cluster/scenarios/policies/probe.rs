use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ELSEWHERE, METRICS, STRANGER};
use crate::cluster::release::NAME;
use crate::cluster::stage::{self, Stage};

/// Has a shell; the cluster has it for the internal Redis.
const IMAGE: &str = "local/valkey:7";

/// Pods that try to reach others. A policy goes by labels, so a pod with those of a component
/// may what the component may.
pub struct Probe {
    other: String,
}

impl Probe {
    /// Starts one for each of these.
    pub async fn start(stage: &Stage, who: &[&str]) -> anyhow::Result<Self> {
        let probe = Self {
            other: stage.beside("other"),
        };
        stage.cluster.apply(&stage::namespace(&probe.other)).await?;
        let who: BTreeSet<_> = who.iter().copied().collect();
        let pods: Vec<_> = who.iter().map(|it| probe.pod(stage, it)).collect();
        let list = json!({"apiVersion": "v1", "kind": "List", "items": pods});
        stage.cluster.apply(&list).await?;
        for who in who {
            let arguments = [
                "-n",
                probe.namespace(stage, who),
                "wait",
                "pod",
                &name(who),
                "--for=jsonpath={.status.phase}=Running",
                "--timeout=60s",
            ];
            stage.cluster.kubectl(&arguments).await?;
        }
        Ok(probe)
    }

    /// Whether a connection comes about. Fails where that cannot be told.
    pub async fn reaches(
        &self,
        stage: &Stage,
        who: &str,
        address: &str,
        port: u16,
    ) -> anyhow::Result<bool> {
        let attempt = format!(
            "timeout 3 bash -c 'exec 3<>/dev/tcp/{address}/{port}' 2>/dev/null && echo open || echo closed"
        );
        let namespace = self.namespace(stage, who);
        let arguments = [
            "-n",
            namespace,
            "exec",
            &name(who),
            "--",
            "bash",
            "-c",
            &attempt,
        ];
        match stage.cluster.kubectl(&arguments).await?.trim() {
            "open" => Ok(true),
            "closed" => Ok(false),
            other => anyhow::bail!("the probe {who} said {other:?}"),
        }
    }

    fn namespace<'a>(&'a self, stage: &'a Stage, who: &str) -> &'a str {
        if who == ELSEWHERE {
            &self.other
        } else {
            &stage.namespace
        }
    }

    fn pod(&self, stage: &Stage, who: &str) -> Value {
        let mut labels = json!({"probe": who});
        if !matches!(who, STRANGER | ELSEWHERE | METRICS) {
            labels["app.kubernetes.io/name"] = "storyloom".into();
            labels["app.kubernetes.io/instance"] = NAME.into();
            labels["app.kubernetes.io/component"] = who.into();
        }
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name(who), "namespace": self.namespace(stage, who), "labels": labels},
            "spec": {
                "automountServiceAccountToken": false,
                "terminationGracePeriodSeconds": 0,
                "securityContext": {
                    "runAsNonRoot": true, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [{
                    "name": "probe",
                    "image": IMAGE,
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["sleep", "3600"],
                    // Never ready: it must not get what is meant for the component.
                    "readinessProbe": {"exec": {"command": ["false"]}, "periodSeconds": 3600},
                    "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
                }],
            },
        })
    }
}

fn name(who: &str) -> String {
    format!("probe-{who}")
}
