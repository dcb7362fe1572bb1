use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::time::sleep;

use crate::cluster::load::{Books, Doors, Reader, Traffic, count};
use crate::cluster::next::Next;
use crate::cluster::release::NAME;
use crate::cluster::results::Outcome;
use crate::cluster::stage::Stage;

const PER_SECOND: u32 = 50;
const READERS: usize = 8;
/// How long readers go on before, between and after.
const BETWEEN: Duration = Duration::from_secs(8);
const PATIENCE: Duration = Duration::from_mins(3);
const MIGRATIONS: u64 = 3;

/// To the next version and back, while readers go on and see nothing of it.
pub async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    let begun = Instant::now();
    let next = Next::make().await?;
    for image in next.images()? {
        stage.cluster.load(&image).await?;
    }
    let took = begun.elapsed().as_secs();
    stage.figure(
        "next version",
        &format!("{}, made in {took} s", next.version),
    );
    stage.install(&[]).await?;
    let doors = Doors::of(stage).await?;
    let readers = Reader::several(stage, READERS).await?;
    let before = migrations(stage).await?;

    let traffic = Traffic::begin(&doors, &readers, PER_SECOND);
    sleep(BETWEEN).await;
    let begun = Instant::now();
    stage.upgrade(&next.chart(), &[]).await?;
    runs(stage, &next.version).await?;
    let there = begun.elapsed();
    let ran = migrations(stage).await? - before;
    sleep(BETWEEN).await;
    let begun = Instant::now();
    stage.helm(&["rollback", NAME]).await?;
    runs(stage, env!("CARGO_PKG_VERSION")).await?;
    let back = begun.elapsed();
    let left = migrations(stage).await? - before;
    sleep(BETWEEN).await;
    let tally = traffic.end().await?;

    let (there, back) = (there.as_secs(), back.as_secs());
    stage.figure("rollouts", &format!("there in {there} s, back in {back} s"));
    stage.figure(
        "migrations",
        &format!("{ran} ran, {left} are still there after the rollback"),
    );
    stage.figure(&format!("{PER_SECOND} requests/s"), &tally.to_string());
    let mut books = Books::default();
    books.accept(tally.accepted);
    let settled = books.settle(stage).await?;
    settled.must_be_good(stage)?;
    anyhow::ensure!(
        ran == MIGRATIONS && left == MIGRATIONS,
        "{ran} migrations ran, {left} left"
    );
    anyhow::ensure!(tally.failed == 0, "{} requests failed", tally.failed);
    Ok(Outcome::Passed)
}

/// Waits until all is ready, and makes sure that all of ours is of a version.
async fn runs(stage: &Stage, version: &str) -> anyhow::Result<()> {
    stage.all_ready(PATIENCE).await?;
    let label = "/metadata/labels/app.kubernetes.io~1version";
    let of = |pod: &Value| {
        pod.pointer(label)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let stays = |pod: &&Value| pod.pointer("/metadata/deletionTimestamp").is_none();
    let pods = stage.pods(None).await?;
    let versions = pods.iter().filter(stays).filter_map(of);
    let others: Vec<_> = versions.filter(|it| it != version).collect();
    anyhow::ensure!(
        others.is_empty(),
        "there are pods of {others:?} beside {version}"
    );
    Ok(())
}

/// How many migrations the database has seen.
async fn migrations(stage: &Stage) -> anyhow::Result<u64> {
    let mut sum = 0;
    for schema in ["auth", "notification", "story"] {
        let sql = format!("select count(*) from {schema}._sqlx_migrations where success");
        sum += count(stage, &sql).await?;
    }
    Ok(sum)
}
