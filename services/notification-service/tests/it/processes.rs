use std::process::Stdio;

use contracts::notification::Template;
use contracts::notification::enqueue_request::Subject;
use sqlx::PgPool;
use testkit::{Answer, Stage, eventually_true};
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::stand::{As, PATIENCE, Stand};

const STORY: Uuid = Uuid::from_u128(7);
const TO: &str = "mira@example.org";

/// A worker in a process of its own, so that it can be killed. It knows no certificates, as
/// in an image that holds nothing but the binary.
fn worker(stand: &Stand) -> Child {
    worker_with(stand, Stdio::null())
}

fn worker_with(stand: &Stand, stdout: Stdio) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_notification-service"));
    command.arg("worker").envs(&stand.variables);
    command
        .env("SSL_CERT_FILE", "/nowhere")
        .env("SSL_CERT_DIR", "/nowhere");
    let command = command.stdout(stdout).stderr(Stdio::null());
    command.kill_on_drop(true).spawn().unwrap()
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
    stand.sink.next(Answer::Stall(Stage::Rcpt));
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

#[sqlx::test]
async fn the_trace_of_the_request_reaches_the_mail(pool: PgPool) {
    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    let mut stand = Stand::bare(pool).await;
    stand.start_api().await;
    stand.knows_story(STORY, TO);
    stand.client(As::Story).story(1, STORY).await;
    let set = sqlx::query("update jobs set traceparent = $1");
    let set = set.bind(format!("00-{TRACE}-b7ad6b7169203331-01"));
    set.execute(&stand.pool).await.unwrap();

    let _worker = worker(&stand);
    let mail = stand.sink.wait_for(TO, "story").await;
    let header = mail.header("X-Storyloom-Trace").unwrap();
    assert!(header.starts_with(&format!("00-{TRACE}-")), "{header}");
    stand.stop().await;
}

/// Addresses, codes and stories are nobody's business but their readers'.
#[sqlx::test]
async fn logs_tell_of_mails_and_not_what_is_in_them(pool: PgPool) {
    let mut stand = Stand::bare(pool).await;
    stand.start_api().await;
    stand.knows_story(STORY, TO);
    stand.knows_flow(STORY, "otto@example.org");
    let text = "said <otto@example.org> and 01234567";
    let code = 550;
    stand.sink.next(Answer::Refuse {
        at: Stage::Rcpt,
        code,
        text,
    });
    let flow = Subject::FlowId(STORY.to_string());
    let mut auth = stand.client(As::Auth);
    auth.send(Uuid::nil(), Template::VerifyEmail, flow)
        .await
        .unwrap();
    let mut worker = worker_with(&stand, Stdio::piped());
    eventually_true("the refusal", PATIENCE, async || {
        stand.sink.conversations() == 1
    })
    .await;
    stand.client(As::Story).story(1, STORY).await;
    stand.sink.wait_for(TO, "story").await;
    eventually_true("the end of both jobs", PATIENCE, async || {
        let open = "select count(*) from jobs where state not in ('done', 'dead')";
        let open: i64 = sqlx::query_scalar(open)
            .fetch_one(&stand.pool)
            .await
            .unwrap();
        open == 0
    })
    .await;
    worker.kill().await.unwrap();

    let mut logs = String::new();
    worker
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut logs)
        .await
        .unwrap();
    assert!(logs.contains(r#""message":"mail sent""#), "{logs}");
    assert!(
        logs.contains(r#""email.to.address":["m***@example.org"]"#),
        "{logs}"
    );
    assert!(logs.contains("550"), "{logs}");
    for private in [
        "mira@",
        "otto@",
        "01234567",
        "afraid of the dark",
        "The Lamp",
    ] {
        assert!(!logs.contains(private), "{private} is in {logs}");
    }
    stand.stop().await;
}
