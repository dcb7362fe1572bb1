use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::cluster::release::{NAME, name_of};
use crate::cluster::results::Outcome;
use crate::cluster::stage::Stage;

/// From nothing to ready; the release's own test; an upgrade that changes nothing.
pub async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    let took = stage.install(&[]).await?;
    stage.within("all ready", took, Duration::from_mins(1))?;

    stage.helm(&["test", NAME]).await?;
    stage.figure("helm test", "passed");

    let before = lives(stage).await?;
    stage.install(&[]).await?;
    let after = lives(stage).await?;
    anyhow::ensure!(
        before == after,
        "an upgrade that changed nothing restarted pods: {before:?} became {after:?}"
    );
    stage.figure(
        "upgrade without a change",
        &format!("{} pods, none restarted", after.len()),
    );
    Ok(Outcome::Passed)
}

/// How often the containers of each pod that is meant to stay were restarted, by the pod's name
/// and identity. Pods that KEDA lets come and go are not meant to stay.
async fn lives(stage: &Stage) -> anyhow::Result<BTreeMap<(String, String), i64>> {
    let mut lives = BTreeMap::new();
    for component in ["auth", "story-api", "notification-api", "postgres", "redis"] {
        for pod in stage.pods(Some(component)).await? {
            let uid = pod.pointer("/metadata/uid").and_then(Value::as_str);
            let restarts = ["containerStatuses", "initContainerStatuses"]
                .iter()
                .filter_map(|it| pod.pointer(&format!("/status/{it}"))?.as_array())
                .flatten()
                .filter_map(|it| it.get("restartCount")?.as_i64())
                .sum();
            lives.insert(
                (name_of(&pod), uid.unwrap_or_default().to_owned()),
                restarts,
            );
        }
    }
    Ok(lives)
}
