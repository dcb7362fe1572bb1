use contracts::notification::enqueue_request::Subject;
use contracts::notification::{DeliveryStatus, Template};
use sqlx::PgPool;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::stand::{As, PATIENCE, Stand};

const STORY: Uuid = Uuid::from_u128(7);
const KEY: Uuid = Uuid::from_u128(1);

fn flow() -> Subject {
    Subject::FlowId(STORY.to_string())
}

fn user() -> Subject {
    Subject::UserId(STORY.to_string())
}

fn story() -> Subject {
    Subject::StoryId(STORY.to_string())
}

#[track_caller]
fn refused(answer: Result<String, Status>, code: Code) {
    assert_eq!(answer.unwrap_err().code(), code);
}

#[sqlx::test]
async fn the_same_key_makes_one_mail(pool: PgPool) {
    let stand = Stand::start(pool).await;
    stand.knows_story(STORY, "mira@example.org");
    let mut client = stand.client(As::Story);

    let first = client.story(1, STORY).await;
    let again = client.story(1, STORY).await;
    let mail = stand.sink.wait_for("mira@example.org", "story").await;
    let later = client.story(1, STORY).await;

    assert_eq!([&again, &later], [&first, &first]);
    assert!(mail.message_id.starts_with(&first), "{}", mail.message_id);
    let deliveries = testkit::eventually(PATIENCE, async || {
        let deliveries = client.deliveries(STORY).await.unwrap();
        let sent = deliveries
            .iter()
            .all(|one| one.status() == DeliveryStatus::Sent);
        sent.then_some(deliveries)
    })
    .await;
    assert_eq!(deliveries.len(), 1);
    let delivery = deliveries.first().unwrap();
    assert_eq!(
        (delivery.id.as_str(), delivery.attempts),
        (first.as_str(), 1)
    );
    assert_eq!(delivery.to, "m***@example.org");
    assert_eq!(delivery.message_id, mail.message_id);
    assert!(delivery.sent_at.ends_with('Z'), "{}", delivery.sent_at);
    assert_eq!(stand.sink.mails().len(), 1);
    stand.stop().await;
}

#[sqlx::test]
async fn each_service_sends_its_own_mails_only(pool: PgPool) {
    let mut stand = Stand::bare(pool).await;
    stand.start_api().await;
    let mut auth = stand.client(As::Auth);
    let mut story_service = stand.client(As::Story);
    let mut nobody = stand.client(As::Nobody);

    refused(
        auth.send(KEY, Template::Story, story()).await,
        Code::PermissionDenied,
    );
    for (template, subject) in [
        (Template::VerifyEmail, flow()),
        (Template::AccountExists, user()),
        (Template::SecurityNotice, user()),
    ] {
        let refusal = story_service.send(KEY, template, subject.clone()).await;
        refused(refusal, Code::PermissionDenied);
        refused(
            nobody.send(KEY, template, subject.clone()).await,
            Code::Unauthenticated,
        );
        auth.send(Uuid::new_v4(), template, subject).await.unwrap();
    }
    story_service
        .send(KEY, Template::Story, story())
        .await
        .unwrap();
    assert!(story_service.deliveries(STORY).await.is_ok());
    let refusal = auth.deliveries(STORY).await.unwrap_err();
    assert_eq!(refusal.code(), Code::PermissionDenied);
    stand.stop().await;
}

#[sqlx::test]
async fn what_does_not_fit_is_refused(pool: PgPool) {
    let mut stand = Stand::bare(pool).await;
    stand.start_api().await;
    let mut auth = stand.client(As::Auth);

    for (template, subject) in [
        (Template::Unspecified, user()),
        (Template::VerifyEmail, user()),
        (Template::AccountExists, flow()),
        (Template::SecurityNotice, Subject::UserId("mira".to_owned())),
    ] {
        refused(
            auth.send(KEY, template, subject).await,
            Code::InvalidArgument,
        );
    }
    auth.send(KEY, Template::AccountExists, user())
        .await
        .unwrap();
    refused(
        auth.send(KEY, Template::SecurityNotice, user()).await,
        Code::Aborted,
    );
    stand.stop().await;
}

#[sqlx::test]
async fn the_public_port_tells_whether_it_is_up_and_nothing_else(pool: PgPool) {
    let mut stand = Stand::bare(pool).await;
    stand.start_api().await;
    let client = testkit::http::Client::new(stand.public_url());

    let up = testkit::eventually(PATIENCE, async || {
        let answer = client.get("/health").send().await;
        (answer.code() == 200).then_some(answer)
    })
    .await;
    assert_eq!(up.json(), serde_json::json!({"status": "up"}));
    let nowhere = client.get("/v1/nowhere").send().await;
    assert_eq!(
        (nowhere.code(), &nowhere.json()["code"]),
        (404, &"not-found".into())
    );
    let wrong = client.post("/health").send().await;
    assert_eq!(
        (wrong.code(), &wrong.json()["code"]),
        (405, &"method-not-allowed".into())
    );
    stand.stop().await;
}
