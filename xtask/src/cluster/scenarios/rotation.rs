use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::cluster::kube;
use crate::cluster::load::{Books, Doors, Reader, Traffic, psql};
use crate::cluster::release::NAME;
use crate::cluster::results::Outcome;
use crate::cluster::stage::Stage;

const PER_SECOND: u32 = 20;
const READERS: usize = 4;
const PATIENCE: Duration = Duration::from_mins(3);
/// How long readers go on after a step.
const BETWEEN: Duration = Duration::from_secs(5);

const API: [&str; 2] = ["story-api", "notification-api"];
const REST: [&str; 4] = [
    "story-api",
    "notification-api",
    "story-worker",
    "notification-worker",
];
/// The chart is told of the second key of each pair.
const PAIRS: [&str; 2] = [
    "secrets.jwt.otherKey=other",
    "secrets.keys.otherRefreshKey=other-refresh",
];

/// Every secret is replaced while readers go on, as docs/operate/rotation.md says it.
pub async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    stage.install(&[]).await?;
    let doors = Doors::of(stage).await?;
    let play = Play {
        stage,
        readers: Reader::several(stage, READERS).await?,
        doors,
    };
    let mut books = Books::default();
    play.step("signing keys", play.signing_keys(), &mut books)
        .await?;
    play.step("service tokens", service_tokens(stage), &mut books)
        .await?;
    play.step("password of Redis", redis(stage), &mut books)
        .await?;
    play.step("passwords of PostgreSQL", postgres(stage), &mut books)
        .await?;
    books.settle(stage).await?.must_be_good(stage)?;
    for reader in &play.readers {
        reader.renew(&play.doors.auth()).await?;
    }
    stage.figure("signed out", "nobody");
    Ok(Outcome::Passed)
}

struct Play<'a> {
    stage: &'a Stage,
    readers: Vec<Arc<Reader>>,
    doors: Doors,
}

impl Play<'_> {
    /// Does it while readers go on; nobody may notice.
    async fn step(
        &self,
        what: &str,
        work: impl Future<Output = anyhow::Result<()>>,
        books: &mut Books,
    ) -> anyhow::Result<()> {
        let traffic = Traffic::begin(&self.doors, &self.readers, PER_SECOND);
        let outcome = work.await;
        sleep(BETWEEN).await;
        let tally = traffic.end().await?;
        self.stage.figure(what, &tally.to_string());
        outcome.with_context(|| what.to_owned())?;
        anyhow::ensure!(
            tally.failed == 0,
            "{what}: {} requests failed",
            tally.failed
        );
        books.accept(tally.accepted);
        Ok(())
    }

    /// The next key is believed everywhere before it signs; the former one until nothing of it is
    /// left.
    async fn signing_keys(&self) -> anyhow::Result<()> {
        let stage = self.stage;
        let pem = testkit::signing_key_pem();
        put(stage, "jwt", json!({"stringData": {"other": pem}})).await?;
        let key = testkit::random_key();
        put(stage, "keys", json!({"stringData": {"other-refresh": key}})).await?;
        stage.install(&PAIRS).await?;
        // They would ask for the keys within five minutes.
        restart(stage, &API).await?;
        swap(stage, "jwt", "key", "other").await?;
        swap(stage, "keys", "refresh", "other-refresh").await?;
        restart(stage, &["auth"]).await?;
        self.renew_tokens().await?;
        stage.install(&[]).await?;
        put(stage, "jwt", json!({"data": {"other": null}})).await?;
        put(stage, "keys", json!({"data": {"other-refresh": null}})).await
    }

    /// Replaces every token of a former key. Pods that are ending still answer with that one.
    async fn renew_tokens(&self) -> anyhow::Result<()> {
        kube::until("the former pods are gone", PATIENCE, async || {
            let ends = |pod: &Value| pod.pointer("/metadata/deletionTimestamp").is_some();
            let pods = self.stage.pods(Some("auth")).await?;
            Ok((!pods.iter().any(ends)).then_some(()))
        })
        .await?;
        for reader in &self.readers {
            reader.renew(&self.doors.auth()).await?;
        }
        Ok(())
    }
}

/// auth-service first: the others go on with the keys that they have from it.
async fn service_tokens(stage: &Stage) -> anyhow::Result<()> {
    renew_all(stage, "service-tokens").await?;
    restart(stage, &["auth"]).await?;
    restart(stage, &REST).await
}

/// The server first, then whoever speaks with it.
async fn redis(stage: &Stage) -> anyhow::Result<()> {
    renew_all(stage, "redis").await?;
    let name = format!("statefulset/{NAME}-redis");
    stage.kubectl(&["rollout", "restart", &name]).await?;
    let status = ["rollout", "status", &name, "--timeout=2m"];
    stage.kubectl(&status).await?;
    restart(stage, &["auth"]).await?;
    restart(stage, &REST).await
}

/// The server takes the administrator's, the migration Jobs set those of the roles, then
/// whoever signs in with them is restarted.
async fn postgres(stage: &Stage) -> anyhow::Result<()> {
    renew_all(stage, "postgres").await?;
    let password = secret(stage, "postgres").await?;
    let password = password
        .get("postgres")
        .context("there is an administrator")?;
    let decode = format!("convert_from(decode('{password}', 'base64'), 'UTF8')");
    let alter =
        format!("do $$ begin execute format('alter role postgres password %L', {decode}); end $$");
    psql(stage, &alter).await?;
    let jobs = "app.kubernetes.io/component=migrate";
    stage.kubectl(&["delete", "jobs", "-l", jobs]).await?;
    stage.install(&[]).await?;
    restart(stage, &["auth"]).await?;
    restart(stage, &REST).await
}

/// The values of a Secret of the release, in base64.
async fn secret(stage: &Stage, concern: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let name = format!("{NAME}-{concern}");
    let mut secret = stage.json(&["get", "secret", &name]).await?;
    let data = secret.get_mut("data").map(Value::take);
    Ok(serde_json::from_value(data.unwrap_or_default())?)
}

/// Changes a Secret of the release.
async fn put(stage: &Stage, concern: &str, patch: Value) -> anyhow::Result<()> {
    let name = format!("{NAME}-{concern}");
    let mut command = stage.cluster.command("kubectl");
    command.args(["--namespace", &stage.namespace, "patch", "secret", &name]);
    command.args(["--type=merge", "--patch-file=/dev/stdin"]);
    kube::finish_with(&mut command, &patch.to_string()).await?;
    Ok(())
}

/// Gives a new random value to every key of a Secret of the release.
async fn renew_all(stage: &Stage, concern: &str) -> anyhow::Result<()> {
    let data = secret(stage, concern).await?;
    // Letters and digits alone, as those that were made at first.
    let new = || {
        testkit::random_bytes::<32>()
            .map(|it| format!("{it:02x}"))
            .concat()
    };
    let data: BTreeMap<_, _> = data.into_keys().map(|key| (key, new())).collect();
    put(stage, concern, json!({"stringData": data})).await
}

/// Swaps two values of a Secret of the release.
async fn swap(stage: &Stage, concern: &str, one: &str, other: &str) -> anyhow::Result<()> {
    let data = secret(stage, concern).await?;
    let swapped = json!({"data": {one: data.get(other), other: data.get(one)}});
    put(stage, concern, swapped).await
}

/// Replaces the pods of Deployments one by one; returns when all are ready.
async fn restart(stage: &Stage, components: &[&str]) -> anyhow::Result<()> {
    for component in components {
        let name = format!("deployment/{NAME}-{component}");
        stage.kubectl(&["rollout", "restart", &name]).await?;
    }
    stage.all_ready(PATIENCE).await
}
