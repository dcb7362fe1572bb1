use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::cargo::{self, Profile};
use crate::cluster::kube;
use crate::cluster::release::{NAME, chart};
use crate::cluster::results::Outcome;
use crate::cluster::stage::Stage;

/// What nobody can have meant, and what the refusal must name.
const WRONG: [(&str, &str, &str); 3] = [
    ("a typo", "story.worker.slotz=3", "slotz"),
    ("a wrong type", "auth.replicas=two", "replicas"),
    (
        "a contradiction",
        "exposure.grpc.enabled=true",
        "set ratelimit.mode to deployment",
    ),
];

/// The user's own Secret, and the key that is missing in it at first.
const SECRET: &str = "own-jwt";
const KEY: &str = "key";

/// What settings have that cannot be used: `EX_USAGE`.
const BAD_SETTINGS: i64 = 64;

/// Values that cannot be meant are refused before anything is made; a key that is missing is
/// named by whoever needs it.
pub async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    for (what, set, named) in WRONG {
        is_refused(stage, set, named).await?;
        stage.figure(what, &format!("{set}: refused, nothing made"));
    }
    let doctor = doctor().await?;
    lacks_a_key(stage).await?;
    stage.figure(
        "a missing key",
        "the process ended with 64 and named the file",
    );
    let said = diagnosis(stage, &doctor).await?;
    let (code, text) = (said.0, said.1);
    anyhow::ensure!(code != Some(0), "the doctor found nothing wrong");
    let line = text
        .lines()
        .find(|it| it.contains(SECRET) && it.contains(KEY));
    let line = line.with_context(|| format!("the doctor does not name the key: {text}"))?;
    stage.figure("storyctl doctor", line.trim());

    stage.cluster.apply(&secret(stage, KEY)).await?;
    // The container waits longer after each try.
    let whole = Duration::from_mins(4);
    stage.all_ready(whole).await?;
    let after = kube::until("the doctor is content", whole, async || {
        let (code, text) = diagnosis(stage, &doctor).await?;
        anyhow::ensure!(code == Some(0), "{text}");
        Ok(Some(text))
    });
    after.await?;
    stage.figure(
        "once the key is there",
        "ready by itself, the doctor finds nothing",
    );
    Ok(Outcome::Passed)
}

async fn is_refused(stage: &Stage, set: &str, named: &str) -> anyhow::Result<()> {
    let Err(refusal) = stage.upgrade(&chart(), &[set]).await else {
        anyhow::bail!("{set} was accepted");
    };
    let text = format!("{refusal:#}");
    anyhow::ensure!(text.contains(named), "{set}: the refusal is {text}");
    let made = stage.kubectl(&[
        "get",
        "all,secrets,networkpolicies,persistentvolumeclaims",
        "-o",
        "name",
    ]);
    let made = made.await?;
    anyhow::ensure!(made.trim().is_empty(), "{set}: there is {made}");
    Ok(())
}

/// Installs with a Secret that lacks its key, and waits until the process has said so.
async fn lacks_a_key(stage: &Stage) -> anyhow::Result<()> {
    stage.cluster.apply(&secret(stage, "kee")).await?;
    let set = format!("secrets.jwt.existingSecret={SECRET}");
    stage.upgrade(&chart(), &[&set]).await?;
    let pod = kube::until(
        "auth-service ends with 64",
        Duration::from_mins(3),
        async || {
            let pods = stage.pods(Some("auth")).await?;
            Ok(pods
                .iter()
                .find(|it| ended_with(it) == Some(BAD_SETTINGS))
                .map(crate::cluster::release::name_of))
        },
    )
    .await?;
    let file = format!("/jwt/{KEY}");
    kube::until("the file is named", Duration::from_mins(1), async || {
        // What runs now may not have said it yet.
        let arguments = ["logs", &pod, "-c", "api"];
        let now = stage.kubectl(&arguments).await?;
        let before = stage
            .kubectl(&[&arguments[..], &["--previous"]].concat())
            .await;
        let said = now + &before.unwrap_or_default();
        anyhow::ensure!(said.contains(&file), "{said}");
        Ok(Some(()))
    })
    .await
}

/// How the container of a service ended last.
fn ended_with(pod: &Value) -> Option<i64> {
    let statuses = pod.pointer("/status/containerStatuses")?.as_array()?;
    let code = |it: &Value| {
        let now = it.pointer("/state/terminated/exitCode");
        now.or_else(|| it.pointer("/lastState/terminated/exitCode"))?
            .as_i64()
    };
    statuses.iter().find_map(code)
}

fn secret(stage: &Stage, key: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": SECRET, "namespace": stage.namespace},
        "stringData": {key: testkit::signing_key_pem()},
    })
}

/// The operators' tool of this checkout.
async fn doctor() -> anyhow::Result<PathBuf> {
    let binaries = cargo::build(&["storyctl"], Profile::Dev).await?;
    let program = binaries.get("storyctl").context("storyctl has a program");
    Ok(program?.clone())
}

/// What the doctor says, and with what status.
async fn diagnosis(stage: &Stage, program: &Path) -> anyhow::Result<(Option<i32>, String)> {
    let mut command = stage.cluster.command(program);
    command.args(["doctor", "-r", NAME, "-n", &stage.namespace]);
    let output = command.kill_on_drop(true).output().await?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    Ok((output.status.code(), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_of_a_process_that_runs_again_is_the_last_one() {
        let check = |status: Value, expected| {
            let pod = json!({"status": {"containerStatuses": [status]}});
            assert_eq!(ended_with(&pod), expected);
        };
        let ended = json!({"terminated": {"exitCode": 64}});
        check(json!({"state": ended}), Some(64));
        check(
            json!({"state": {"running": {}}, "lastState": ended}),
            Some(64),
        );
        check(json!({"state": {"running": {}}}), None);
        assert_eq!(ended_with(&json!({})), None);
    }
}
