use std::time::Duration;

use serde_json::Value;

use crate::cluster::flow::Reader;
use crate::cluster::kube;
use crate::cluster::release::{NAME, name_of};
use crate::cluster::results::Outcome;
use crate::cluster::stage::Stage;

/// What the chart's README says that it leaves.
const LEFT: [&str; 7] = [
    "PersistentVolumeClaim/data-storyloom-postgres-0",
    "PersistentVolumeClaim/data-storyloom-redis-0",
    "Secret/storyloom-jwt",
    "Secret/storyloom-keys",
    "Secret/storyloom-postgres",
    "Secret/storyloom-redis",
    "Secret/storyloom-service-tokens",
];

/// Every kind of object that the chart makes.
const KINDS: &str = "configmaps,cronjobs,deployments,horizontalpodautoscalers,jobs,networkpolicies,persistentvolumeclaims,\
     poddisruptionbudgets,pods,replicasets,rolebindings,roles,scaledobjects,secrets,serviceaccounts,services,\
     statefulsets,triggerauthentications";

/// Away and back: what stays are the data and the keys, and who was signed in still is.
pub async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    stage.install(&[]).await?;
    let mut reader = Reader::sign_up(stage).await?;
    reader.ask().await?;
    reader.receive(stage, 1).await?;

    stage.helm(&["uninstall", NAME]).await?;
    kube::until(
        "only what stays is left",
        Duration::from_mins(2),
        async || {
            let left = left(stage).await?;
            anyhow::ensure!(left == LEFT, "left are {}", left.join(", "));
            Ok(Some(()))
        },
    )
    .await?;
    stage.figure(
        "uninstall leaves",
        "2 volume claims, 5 secrets, nothing else",
    );

    let took = stage.install(&[]).await?;
    stage.within("all ready again", took, Duration::from_mins(1))?;
    reader.find_again(stage).await?;
    reader.renew().await?;
    reader.ask().await?;
    reader.receive(stage, 2).await?;
    reader.sign_in().await?;
    stage.figure(
        "after it",
        "the old refresh token is taken, a story comes by mail, the password is known",
    );
    Ok(Outcome::Passed)
}

/// What is in the namespace, as `Kind/name`, without what every namespace has.
async fn left(stage: &Stage) -> anyhow::Result<Vec<String>> {
    let list = stage.json(&["get", KINDS]).await?;
    let items = list.get("items").and_then(Value::as_array);
    let name = |object: &Value| {
        let kind = object.get("kind").and_then(Value::as_str);
        format!("{}/{}", kind.unwrap_or_default(), name_of(object))
    };
    let mut names: Vec<_> = items.into_iter().flatten().map(name).collect();
    names.retain(|it| it != "ConfigMap/kube-root-ca.crt" && it != "ServiceAccount/default");
    names.sort();
    Ok(names)
}
