use std::sync::Arc;

use contracts::events::StoryMailSettled;
use contracts::story::DeliveryOutcome;
use jobs::{Cause, Job, OnDead as _};
use kernel::{DeliveryId, Fence, StoryId, TimeOrderedIds};
use prost::Message as _;
use sqlx::PgPool;
use uuid::Uuid;

use super::{PgDeliveries, SEND_MAIL, Wakes};
use crate::application::contracts::deliveries as contract;
use crate::application::ports::Deliveries as _;
use crate::domain::{Errand, MessageId, NewDelivery, Status};

fn deliveries(pool: &PgPool) -> PgDeliveries {
    PgDeliveries::new(pool.clone(), Wakes::default(), Arc::new(TimeOrderedIds))
}

/// Gives the job of the delivery to a worker, as the worker pool does.
async fn claim(pool: &PgPool, id: DeliveryId) -> Fence {
    let claimed = sqlx::query_as(
        "update jobs set state = 'running', fence = fence + 1
         where key = $1 and kind = $2 and state in ('ready', 'running') returning id, fence",
    );
    let claimed = claimed.bind(id.0).bind(SEND_MAIL).fetch_one(pool).await;
    let (job, number) = claimed.unwrap();
    Fence::new(job, number)
}

/// What the outbox holds for story-service.
async fn told(pool: &PgPool) -> Vec<(StoryId, Status)> {
    let payloads = sqlx::query_scalar("select payload from outbox order by id");
    let payloads: Vec<Vec<u8>> = payloads.fetch_all(pool).await.unwrap();
    let read = |payload: Vec<u8>| {
        let settled = StoryMailSettled::decode(payload.as_slice()).unwrap();
        let status = match settled.outcome() {
            DeliveryOutcome::Sent => Status::Sent,
            _ => Status::Failed,
        };
        (StoryId(settled.story_id.parse().unwrap()), status)
    };
    payloads.into_iter().map(read).collect()
}

#[sqlx::test]
async fn a_key_makes_one_delivery(pool: PgPool) {
    contract::a_key_makes_one_delivery(&deliveries(&pool)).await;
    let jobs = sqlx::query_scalar("select count(*) from jobs");
    let jobs: i64 = jobs.fetch_one(&pool).await.unwrap();
    assert_eq!(jobs, 1);
}

#[sqlx::test]
async fn a_story_lists_its_own_deliveries_oldest_first(pool: PgPool) {
    contract::a_story_lists_its_own_deliveries_oldest_first(&deliveries(&pool)).await;
}

#[sqlx::test]
async fn a_try_is_counted_once(pool: PgPool) {
    contract::a_try_is_counted_once(&deliveries(&pool), async |id| claim(&pool, id).await).await;
}

#[sqlx::test]
async fn only_the_newest_claim_changes_anything(pool: PgPool) {
    let claim = async |id| claim(&pool, id).await;
    contract::only_the_newest_claim_changes_anything(&deliveries(&pool), claim).await;
}

#[sqlx::test]
async fn the_owner_of_a_story_is_told_how_it_ended(pool: PgPool) {
    let claim = async |id| claim(&pool, id).await;
    let told = async || told(&pool).await;
    contract::the_owner_of_a_story_is_told_how_it_ended(&deliveries(&pool), claim, told).await;
}

#[sqlx::test]
async fn the_same_key_at_once_makes_one_delivery(pool: PgPool) {
    let deliveries = deliveries(&pool);
    let wanted = |number| NewDelivery {
        id: DeliveryId(Uuid::from_u128(number)),
        key: Uuid::nil(),
        errand: Errand::Story(StoryId(Uuid::nil())),
        message_id: MessageId::kept(number.to_string()),
    };
    let all: Vec<_> = (1..=5).map(wanted).collect();
    let kept = futures::future::join_all(all.iter().map(|one| deliveries.accept(one))).await;
    let ids: Vec<_> = kept.into_iter().map(|kept| kept.unwrap().id).collect();
    assert!(
        ids.windows(2).all(|pair| pair.first() == pair.last()),
        "{ids:?}"
    );
}

#[sqlx::test]
async fn a_mail_that_is_given_up_has_failed_and_the_owner_is_told(pool: PgPool) {
    let deliveries = deliveries(&pool);
    let story = StoryId(Uuid::from_u128(7));
    let id = DeliveryId(Uuid::from_u128(1));
    let wanted = NewDelivery {
        id,
        key: Uuid::nil(),
        errand: Errand::Story(story),
        message_id: MessageId::kept("1@mail.example.org".to_owned()),
    };
    deliveries.accept(&wanted).await.unwrap();

    let job = Job {
        kind: SEND_MAIL,
        key: id.0,
        tenant: story.0,
    };
    let mut tx = pool.begin().await.unwrap();
    let cause = Cause::new("mail-refused", "never");
    deliveries.dead(&mut tx, &job, &cause).await.unwrap();
    tx.commit().await.unwrap();

    let kept = deliveries.find(id).await.unwrap().unwrap();
    assert_eq!(kept.status, Status::Failed);
    assert_eq!(told(&pool).await, [(story, Status::Failed)]);
}
