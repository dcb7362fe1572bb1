//! What is asked of notification-service, and what it asks.

use contracts::SERVICE_AUTHORIZATION;
use contracts::notification::enqueue_request::Subject;
use contracts::story::story_service_client::StoryServiceClient;
use contracts::story::{DeliveryOutcome, GetStoryForMailRequest, ReportDeliveryRequest};
use serde_json::json;
use sqlx::PgPool;
use testkit::{eventually, eventually_true};
use tonic::transport::Channel;
use tonic::{Code, Request};
use uuid::Uuid;

use crate::world::{DEADLINE, NOTIFICATION_TOKEN, World};

async fn client(world: &World) -> StoryServiceClient<Channel> {
    let address = format!("http://{}", world.api.address("grpc").unwrap());
    StoryServiceClient::connect(address).await.unwrap()
}

fn signed<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer {NOTIFICATION_TOKEN}");
    request
        .metadata_mut()
        .insert(SERVICE_AUTHORIZATION, bearer.parse().unwrap());
    request
}

fn story(id: &str) -> GetStoryForMailRequest {
    GetStoryForMailRequest {
        story_id: id.to_owned(),
    }
}

fn report(id: &str, outcome: DeliveryOutcome) -> Request<ReportDeliveryRequest> {
    signed(ReportDeliveryRequest {
        delivery_id: Uuid::from_u128(9).to_string(),
        story_id: id.to_owned(),
        outcome: outcome.into(),
    })
}

#[sqlx::test]
async fn a_written_story_is_mailed_once_and_becomes_delivered(pool: PgPool) {
    let world = World::start(pool).await;
    let mut client = client(&world).await;
    let id = world.ask(&json!({"seed": 3})).await;
    let early = client
        .get_story_for_mail(signed(story(&id)))
        .await
        .unwrap_err();
    assert_eq!(early.code(), Code::FailedPrecondition);
    let worker = world.worker().await;
    world.until(&id, "ready").await;
    let asked = eventually(DEADLINE, async || world.mails.asked().pop()).await;
    assert_eq!(asked.subject, Some(Subject::StoryId(id.clone())));
    assert_eq!(asked.key, id);

    let mail = client
        .get_story_for_mail(signed(story(&id)))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(mail.user_id, Uuid::from_u128(1).to_string());
    assert_eq!(mail.language, "en");
    assert!(mail.paragraphs.len() > 3 && !mail.title.is_empty() && !mail.teaser.is_empty());

    client
        .report_delivery(report(&id, DeliveryOutcome::Failed))
        .await
        .unwrap();
    assert_eq!(
        world.story(&id).await["status"],
        "ready",
        "it can still be read"
    );
    for _ in 0..2 {
        client
            .report_delivery(report(&id, DeliveryOutcome::Sent))
            .await
            .unwrap();
    }
    let delivered = world.story(&id).await;
    assert_eq!(delivered["status"], "delivered");
    assert!(delivered["delivered_at"].is_string());
    world
        .get(&format!("/v1/stories/{id}/content"))
        .await
        .expect(200);
    assert_eq!(world.mails.asked().len(), 1);
    worker.stop().await;
    world.stop().await;
}

#[sqlx::test]
async fn a_story_that_is_not_to_be_mailed_is_not(pool: PgPool) {
    let world = World::start(pool).await;
    let worker = world.worker().await;
    let id = world.ask(&json!({"deliver": false})).await;
    world.until(&id, "ready").await;
    let rows = "select count(*) from outbox";
    let rows: i64 = sqlx::query_scalar(rows)
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!(rows, 0);
    worker.stop().await;
    world.stop().await;
}

#[sqlx::test]
async fn only_notification_service_may_ask(pool: PgPool) {
    let world = World::start(pool).await;
    let mut client = client(&world).await;
    let id = world.ask(&json!({})).await;
    let unsigned = client.get_story_for_mail(story(&id)).await.unwrap_err();
    assert_eq!(unsigned.code(), Code::Unauthenticated);
    let mut wrong = Request::new(story(&id));
    let bearer = "Bearer the-token-of-somebody-else-altogether"
        .parse()
        .unwrap();
    wrong.metadata_mut().insert(SERVICE_AUTHORIZATION, bearer);
    let wrong = client.get_story_for_mail(wrong).await.unwrap_err();
    assert_eq!(wrong.code(), Code::Unauthenticated);

    let unknown = signed(story(&Uuid::from_u128(404).to_string()));
    let unknown = client.get_story_for_mail(unknown).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    let malformed = client
        .get_story_for_mail(signed(story("no id")))
        .await
        .unwrap_err();
    assert_eq!(malformed.code(), Code::InvalidArgument);
    let unsaid = report(&id, DeliveryOutcome::Unspecified);
    let unsaid = client.report_delivery(unsaid).await.unwrap_err();
    assert_eq!(unsaid.code(), Code::InvalidArgument);
    let gone = report(&Uuid::from_u128(404).to_string(), DeliveryOutcome::Sent);
    client.report_delivery(gone).await.unwrap();
    world.stop().await;
}

#[sqlx::test]
async fn deliveries_are_listed(pool: PgPool) {
    let world = World::start(pool).await;
    let path = format!("/v1/stories/{}/deliveries", world.ask(&json!({})).await);
    let listed = world.get(&path).await.expect(200).json();
    let wanted = json!({"items": [{
        "id": Uuid::from_u128(9), "to": "m***@example.org", "status": "sent", "attempts": 1,
        "sent_at": "2026-11-24T10:00:00Z", "message_id": "9@mail.example.org",
    }]});
    assert_eq!(listed, wanted);
    world.mails.go_away(true);
    let away = world.get(&path).await.expect(503);
    assert_eq!(away.json()["code"], "temporarily-unavailable");
    assert!(!away.header("retry-after").is_empty());
    world.stop().await;
}

#[sqlx::test]
async fn a_mail_waits_while_notification_service_is_away(pool: PgPool) {
    let world = World::start(pool).await;
    world.mails.go_away(true);
    let worker = world.worker().await;
    let id = world.ask(&json!({})).await;
    world.until(&id, "ready").await;
    world.mails.go_away(false);
    let asked = async || world.mails.asked().len() == 1;
    eventually_true("the mail was asked for", DEADLINE, asked).await;
    worker.stop().await;
    world.stop().await;
}
