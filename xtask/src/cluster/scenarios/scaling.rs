use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::cluster::kube::until;
use crate::cluster::load::{Books, Doors, Reader, count, psql};
use crate::cluster::release::NAME;
use crate::cluster::results::Outcome;
use crate::cluster::stage::Stage;

const WAKES: usize = 5;
/// From the answer to the request until the story is being written.
const WAKE_WITHIN: Duration = Duration::from_secs(12);
const JOBS: usize = 300;
const MOST: u64 = 6;
const PATIENCE: Duration = Duration::from_mins(4);
const POLL: Duration = Duration::from_millis(100);

/// One story at a time in a pod, at the pace of somebody who tells it.
const VALUES: [&str; 4] = [
    "story.worker.slots=1",
    "story.worker.scaling.max=6",
    "story.config.writer.scene_pause_ms=200",
    "notification.worker.scaling.max=2",
];

/// Workers come with the work and go with it: 0, 1, as many as may be, 0. None is stopped in
/// the middle of a story.
pub async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    stage.install(&VALUES).await?;
    let doors = Doors::of(stage).await?;
    let reader = Reader::sign_up(stage).await?;
    let mut books = Books::default();
    let slowest = wakes(stage, &doors, &reader, &mut books).await?;
    let what = format!("slowest of {WAKES} wakes from zero");
    stage.within(&what, slowest, WAKE_WITHIN)?;

    let begun = Instant::now();
    let most = burst(stage, &doors, &reader, &mut books).await?;
    let drained = begun.elapsed().as_secs();
    stage.figure(
        &format!("{JOBS} jobs"),
        &format!("drained in {drained} s by {most} pods at most"),
    );
    anyhow::ensure!(most == MOST, "there were {most} pods at most, not {MOST}");
    asleep(stage).await?;
    let asleep_after = begun.elapsed().as_secs() - drained;
    stage.figure(
        "back to none",
        &format!("{asleep_after} s after the last job"),
    );

    books.settle(stage).await?.must_be_good(stage)?;
    nothing_interrupted(stage).await?;
    Ok(Outcome::Passed)
}

/// The slowest of some wakes from zero.
async fn wakes(
    stage: &Stage,
    doors: &Doors,
    reader: &Reader,
    books: &mut Books,
) -> anyhow::Result<Duration> {
    let story = doors.story();
    let mut slowest = Duration::ZERO;
    for _ in 0..WAKES {
        asleep(stage).await?;
        reader.renew(&doors.auth()).await?;
        let begun = Instant::now();
        let id = reader.ask(&story).await?;
        while reader.status(&story, &id).await? == "queued" {
            anyhow::ensure!(
                begun.elapsed() < PATIENCE,
                "nobody woke within {PATIENCE:?}"
            );
            sleep(POLL).await;
        }
        slowest = slowest.max(begun.elapsed());
        books.accept([id]);
    }
    Ok(slowest)
}

/// Asks for many stories; answers how many pods there were at most until all are written.
async fn burst(
    stage: &Stage,
    doors: &Doors,
    reader: &Reader,
    books: &mut Books,
) -> anyhow::Result<u64> {
    reader.renew(&doors.auth()).await?;
    for _ in 0..JOBS {
        books.accept([reader.ask(&doors.story()).await?]);
    }
    let mut most = 0;
    let left = "select count(*) from story.jobs where state <> 'done'";
    until("all jobs are done", PATIENCE, async || {
        most = most.max(replicas(stage, "story-worker").await?);
        Ok((psql(stage, left).await? == "0").then_some(()))
    })
    .await?;
    Ok(most)
}

/// Waits until there is no worker at all.
async fn asleep(stage: &Stage) -> anyhow::Result<()> {
    until("the workers are gone", PATIENCE, async || {
        let story = replicas(stage, "story-worker").await?;
        let mails = replicas(stage, "notification-worker").await?;
        Ok((story + mails == 0).then_some(()))
    })
    .await
}

/// How many pods a Deployment has.
async fn replicas(stage: &Stage, component: &str) -> anyhow::Result<u64> {
    let name = format!("{NAME}-{component}");
    let deployment = stage.json(&["get", "deployment", &name]).await?;
    let replicas = deployment.pointer("/status/replicas");
    Ok(replicas.and_then(Value::as_u64).unwrap_or_default())
}

/// Makes sure that every job was done at its first try, by the worker that claimed it first. One
/// that is handed back uses up no try, but is claimed again. So is one that found a service away,
/// or was told to come back, which is no interruption: these are counted apart.
async fn nothing_interrupted(stage: &Stage) -> anyhow::Result<()> {
    for schema in ["story", "notification"] {
        let of = |what: &str| format!("select count(*) from {schema}.jobs where {what}");
        let again = count(stage, &of("fence <> 1 + unavailable + greylisted")).await?;
        let waited = count(stage, &of("unavailable + greylisted > 0")).await?;
        let tries = count(stage, &of("attempt <> 1 or crashes > 0 or state <> 'done'")).await?;
        let figure = format!(
            "{tries} not done at the first try, {again} handed back, {waited} waited for a service"
        );
        stage.figure(&format!("jobs of {schema}"), &figure);
        anyhow::ensure!(tries + again == 0, "jobs of {schema}: {figure}");
    }
    Ok(())
}
