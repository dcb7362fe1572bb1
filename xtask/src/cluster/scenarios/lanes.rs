use std::time::Duration;

use tokio::time::Instant;

use crate::cluster::kube::until;
use crate::cluster::load::{Books, Doors, Reader, count};
use crate::cluster::results::Outcome;
use crate::cluster::stage::Stage;

const STORIES: usize = 60;
/// How long the mail server takes for each mail.
const SLOW: Duration = Duration::from_secs(1);
/// How many mails of stories wait at least while somebody signs up.
const WAITING: u64 = 10;
const NEWCOMERS: usize = 3;
/// From the registration until the newcomer is signed in with the code of the mail, for which
/// the mail server alone takes `SLOW`.
const SIGNED_UP_WITHIN: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_mins(2);

/// One mail of each lane at a time.
const VALUES: [&str; 2] = [
    "notification.worker.slots=1",
    "notification.worker.scaling.max=1",
];

/// Somebody who waits for a code gets it at once while many stories wait to be mailed by the
/// same worker.
pub async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    stage.install(&VALUES).await?;
    let doors = Doors::of(stage).await?;
    let reader = Reader::sign_up(stage).await?;
    stage.inbox.slow(SLOW);
    let mut books = Books::default();
    for _ in 0..STORIES {
        books.accept([reader.ask(&doors.story()).await?]);
    }
    until("the stories wait to be mailed", PATIENCE, async || {
        Ok((waiting(stage).await? > STORIES as u64 / 2).then_some(()))
    })
    .await?;

    let mut slowest = Duration::ZERO;
    for _ in 0..NEWCOMERS {
        let begun = Instant::now();
        Reader::sign_up(stage).await?;
        slowest = slowest.max(begun.elapsed());
    }
    let left = waiting(stage).await?;
    let figure = format!("{left} of {STORIES} at the end");
    stage.figure("stories that waited to be mailed meanwhile", &figure);
    let what = format!("slowest of {NEWCOMERS} signed up");
    stage.within(&what, slowest, SIGNED_UP_WITHIN)?;
    anyhow::ensure!(left >= WAITING, "only {left} mails waited");

    stage.inbox.accept();
    books.settle(stage).await?.must_be_good(stage)?;
    Ok(Outcome::Passed)
}

/// How many mails of stories have still to be sent.
async fn waiting(stage: &Stage) -> anyhow::Result<u64> {
    let sql = "select count(*) from notification.jobs where lane = 'bulk' and state <> 'done'";
    count(stage, sql).await
}
