use std::process::Stdio;

use sqlx::PgPool;
use testkit::{Answer, eventually_true};
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::stand::{As, PATIENCE, Stand};

const STORY: Uuid = Uuid::from_u128(7);
const TO: &str = "mira@example.org";

/// A worker in a process of its own, so that it can be killed.
fn worker(stand: &Stand) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_notification-service"));
    command.arg("worker").envs(&stand.variables);
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.kill_on_drop(true).spawn().unwrap()
}

fn ids(stand: &Stand) -> Vec<String> {
    let mails = stand.sink.mails_to(TO);
    mails.iter().map(|mail| mail.message_id.clone()).collect()
}

/// The one place where a mail may be sent twice: the mail server took it, and the worker
/// died before it could note that.
#[sqlx::test]
async fn a_mail_that_goes_out_twice_is_known_as_one(pool: PgPool) {
    let mut stand = Stand::bare(pool.clone()).await;
    stand.start_api().await;
    stand.knows_story(STORY, TO);
    let mut client = stand.client(As::Story);

    // nobody can note how a story's mail ended while this is held
    let mut held = pool.begin().await.unwrap();
    let lock = "lock table outbox in exclusive mode";
    sqlx::query(lock).execute(&mut *held).await.unwrap();
    let mut first = worker(&stand);
    let delivery = client.story(1, STORY).await;
    stand.sink.wait_for(TO, "story").await;
    first.kill().await.unwrap();
    held.rollback().await.unwrap();

    let _second = worker(&stand);
    eventually_true("the second copy", PATIENCE, async || ids(&stand).len() == 2).await;
    let ids = ids(&stand);
    assert!(
        ids.iter().all(|id| id.starts_with(&delivery)),
        "{ids:?} of {delivery}"
    );
    assert_eq!(ids.first(), ids.last());
    stand.stop().await;
}

#[sqlx::test]
async fn a_connection_that_breaks_after_the_letter_repeats_it_under_its_id(pool: PgPool) {
    let stand = Stand::start(pool).await;
    stand.knows_story(STORY, TO);
    stand.sink.next(Answer::DropAfterData);
    stand.client(As::Story).story(1, STORY).await;
    eventually_true("the second copy", PATIENCE, async || ids(&stand).len() == 2).await;
    let ids = ids(&stand);
    assert_eq!(ids.first(), ids.last());
    stand.stop().await;
}

#[sqlx::test]
async fn a_worker_that_dies_before_the_letter_sends_it_once(pool: PgPool) {
    let mut stand = Stand::bare(pool).await;
    stand.start_api().await;
    stand.knows_story(STORY, TO);
    stand.sink.next(Answer::Stall(testkit::Stage::Rcpt));
    let mut first = worker(&stand);
    stand.client(As::Story).story(1, STORY).await;
    eventually_true("the stalled talk", PATIENCE, async || {
        stand.sink.conversations() == 1
    })
    .await;
    first.kill().await.unwrap();

    let _second = worker(&stand);
    stand.sink.wait_for(TO, "story").await;
    assert_eq!(ids(&stand).len(), 1);
    stand.stop().await;
}
