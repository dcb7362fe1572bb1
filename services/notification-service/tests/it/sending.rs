use contracts::notification::enqueue_request::Subject;
use contracts::notification::{DeliveryStatus, Template};
use contracts::story::DeliveryOutcome;
use sqlx::PgPool;
use testkit::{Answer, Stage, eventually, eventually_true};
use uuid::Uuid;

use crate::peers::Peers;
use crate::stand::{As, PATIENCE, Stand};

const FLOW: Uuid = Uuid::from_u128(7);
const USER: Uuid = Uuid::from_u128(8);
const TO: &str = "mira@example.org";

fn story(number: u128) -> Uuid {
    Uuid::from_u128(100 + number)
}

impl Stand {
    async fn is_reported(&self, story: Uuid, outcome: DeliveryOutcome) {
        eventually_true("the report", PATIENCE, async || {
            self.peers.world.known().reports.contains(&(story, outcome))
        })
        .await;
    }

    async fn stands_at(&self, status: &str) {
        eventually_true(status, PATIENCE, async || {
            let found = sqlx::query_scalar("select status from deliveries");
            let found: Vec<String> = found.fetch_all(&self.pool).await.unwrap();
            found.iter().all(|found| found == status)
        })
        .await;
    }

    async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query)
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }
}

/// A story's mail must not hold up a code, whatever became of its lane.
#[sqlx::test]
async fn codes_are_mailed_while_stories_wait(pool: PgPool) {
    let stand = Stand::start(pool).await;
    let until = time::OffsetDateTime::now_utc() + time::Duration::hours(1);
    jobs::pause(&stand.pool, "bulk", until, "as the test wants it")
        .await
        .unwrap();
    stand.knows_story(story(1), TO);
    stand.client(As::Story).story(1, story(1)).await;
    stand.knows_flow(FLOW, TO);
    let subject = Subject::FlowId(FLOW.to_string());
    let mut auth = stand.client(As::Auth);
    auth.send(Uuid::nil(), Template::VerifyEmail, subject)
        .await
        .unwrap();
    stand.sink.wait_for(TO, "verify_email").await;
    let waiting = "select count(*) from jobs where lane = 'bulk' and state = 'ready'";
    assert_eq!(stand.count(waiting).await, 1);
    jobs::resume(&stand.pool, "bulk").await.unwrap();
    stand.sink.wait_for(TO, "story").await;
    stand.stop().await;
}

#[sqlx::test]
async fn a_code_is_mailed(pool: PgPool) {
    let stand = Stand::start(pool).await;
    stand.knows_flow(FLOW, TO);
    let subject = Subject::FlowId(FLOW.to_string());
    let mut auth = stand.client(As::Auth);
    auth.send(Uuid::nil(), Template::VerifyEmail, subject)
        .await
        .unwrap();

    let mail = stand.sink.wait_for(TO, "verify_email").await;
    assert_eq!(mail.code(), Some("01234567"));
    assert_eq!(mail.header("Auto-Submitted"), Some("auto-generated"));
    assert!(mail.html.contains("01234567"));
    stand.stands_at("sent").await;
    stand.stop().await;
}

#[sqlx::test]
async fn notices_are_mailed_to_users(pool: PgPool) {
    let stand = Stand::start(pool).await;
    stand.knows_user(USER, TO);
    let mut auth = stand.client(As::Auth);
    for (key, template, name) in [
        (1, Template::AccountExists, "account_exists"),
        (2, Template::SecurityNotice, "security_notice"),
    ] {
        let subject = Subject::UserId(USER.to_string());
        auth.send(Uuid::from_u128(key), template, subject)
            .await
            .unwrap();
        let mail = stand.sink.wait_for(TO, name).await;
        assert!(mail.text.contains("Hello Mira,"), "{}", mail.text);
    }
    stand.stop().await;
}

#[sqlx::test]
async fn a_story_is_mailed_and_reported(pool: PgPool) {
    let stand = Stand::start(pool).await;
    stand.knows_story(story(1), TO);
    stand.client(As::Story).story(1, story(1)).await;

    let mail = stand.sink.wait_for(TO, "story").await;
    assert_eq!(mail.subject, "The Lamp");
    for part in [&mail.text, &mail.html] {
        assert!(part.contains("It was afraid of the dark."), "{part}");
    }
    assert!(mail.header("List-Id").unwrap().contains("<stories."));
    stand.is_reported(story(1), DeliveryOutcome::Sent).await;
    stand.stop().await;
}

#[sqlx::test]
async fn mails_wait_while_the_mail_server_is_down_and_go_out_once(pool: PgPool) {
    let mut stand = Stand::start(pool).await;
    stand.sink.down().await;
    let mut client = stand.client(As::Story);
    for number in 1..=5 {
        stand.knows_story(story(number), &format!("reader{number}@example.org"));
        client.story(number, story(number)).await;
    }
    eventually_true("a refused try", PATIENCE, async || {
        stand
            .count("select count(*) from jobs where unavailable > 0")
            .await
            == 5
    })
    .await;
    assert_eq!(
        stand
            .count("select sum(attempt) from jobs where state <> 'running'")
            .await,
        0
    );

    stand.sink.up().await;
    stand.stands_at("sent").await;
    assert_eq!(stand.sink.mails().len(), 5);
    assert_eq!(
        stand
            .count("select sum(attempts)::bigint from deliveries")
            .await,
        5
    );
    stand.stop().await;
}

#[sqlx::test]
async fn mails_wait_while_the_other_services_are_down(pool: PgPool) {
    let mut stand = Stand::bare(pool).await;
    stand.knows_story(story(1), TO);
    stand.peers.stop();
    stand.start_api().await;
    stand.start_worker().await;
    stand.client(As::Story).story(1, story(1)).await;
    eventually_true("a try in vain", PATIENCE, async || {
        stand
            .count("select count(*) from jobs where unavailable > 0")
            .await
            == 1
    })
    .await;

    stand.peers = Peers::at(stand.peers.world.clone(), stand.peers.address);
    stand.sink.wait_for(TO, "story").await;
    stand.is_reported(story(1), DeliveryOutcome::Sent).await;
    stand.stop().await;
}

#[sqlx::test]
async fn what_is_refused_for_ever_has_failed_and_is_reported(pool: PgPool) {
    let stand = Stand::start(pool).await;
    stand.knows_story(story(1), TO);
    let text = "no such user";
    stand.sink.next(Answer::Refuse {
        at: Stage::Rcpt,
        code: 550,
        text,
    });
    let mut client = stand.client(As::Story);
    client.story(1, story(1)).await;

    stand.is_reported(story(1), DeliveryOutcome::Failed).await;
    let deliveries = client.deliveries(story(1)).await.unwrap();
    let delivery = deliveries.first().unwrap();
    assert_eq!(
        (delivery.status(), delivery.attempts),
        (DeliveryStatus::Failed, 1)
    );
    assert_eq!(delivery.to, "m***@example.org");
    assert_eq!(stand.count("select count(*) from dead_letters").await, 1);
    assert!(stand.sink.mails().is_empty());
    stand.stop().await;
}

#[sqlx::test]
async fn what_is_put_off_waits_for_minutes(pool: PgPool) {
    let stand = Stand::start(pool).await;
    stand.knows_story(story(1), TO);
    let text = "busy";
    stand.sink.next(Answer::Refuse {
        at: Stage::Rcpt,
        code: 450,
        text,
    });
    stand.client(As::Story).story(1, story(1)).await;

    let wait: f64 = eventually(PATIENCE, async || {
        let wait = sqlx::query_scalar(
            "select extract(epoch from run_at - now())::float8 from jobs where greylisted = 1",
        );
        wait.fetch_optional(&stand.pool).await.unwrap()
    })
    .await;
    assert!((60.0..=400.0).contains(&wait), "{wait} s");
    sqlx::query("update jobs set run_at = now()")
        .execute(&stand.pool)
        .await
        .unwrap();
    stand.sink.wait_for(TO, "story").await;
    stand.stop().await;
}

#[sqlx::test]
async fn what_is_gone_or_over_is_let_go(pool: PgPool) {
    let stand = Stand::start(pool).await;
    stand.peers.world.known().over.insert(FLOW);
    let mut auth = stand.client(As::Auth);
    for (key, template, subject) in [
        (1, Template::VerifyEmail, Subject::FlowId(FLOW.to_string())),
        (
            2,
            Template::AccountExists,
            Subject::UserId(USER.to_string()),
        ),
    ] {
        auth.send(Uuid::from_u128(key), template, subject)
            .await
            .unwrap();
    }
    stand.client(As::Story).story(3, story(1)).await;

    stand.stands_at("failed").await;
    stand.is_reported(story(1), DeliveryOutcome::Failed).await;
    assert_eq!(stand.count("select count(*) from dead_letters").await, 0);
    assert_eq!(
        stand
            .count("select count(*) from jobs where state = 'done'")
            .await,
        3
    );
    assert!(stand.sink.mails().is_empty());
    stand.stop().await;
}

#[sqlx::test]
async fn mails_are_accepted_while_redis_is_down_and_go_out_once(pool: PgPool) {
    let mut stand = Stand::start(pool).await;
    stand.redis.kill().await;
    let mut client = stand.client(As::Story);
    for number in 1..=3 {
        stand.knows_story(story(number), &format!("reader{number}@example.org"));
        client.story(number, story(number)).await;
    }
    stand.redis.restart().await;
    stand.stands_at("sent").await;
    assert_eq!(stand.sink.mails().len(), 3);
    stand.stop().await;
}
