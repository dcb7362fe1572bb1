use kernel::{DeliveryId, Fence, StoryId, UserId};
use uuid::Uuid;

use crate::application::ports::{Deliveries, SaveError};
use crate::domain::{Delivery, Errand, MessageId, NewDelivery, Status};

const STORY: StoryId = StoryId(Uuid::from_u128(7));
const TO: &str = "m***@example.org";

fn wanted(number: u128, errand: Errand) -> NewDelivery {
    NewDelivery {
        id: DeliveryId(Uuid::from_u128(number)),
        key: Uuid::from_u128(100 + number),
        errand,
        message_id: MessageId::kept(format!("{number}@mail.example.org")),
    }
}

async fn one(deliveries: &dyn Deliveries, errand: Errand) -> DeliveryId {
    deliveries.accept(&wanted(1, errand)).await.unwrap().id
}

async fn found(deliveries: &dyn Deliveries, id: DeliveryId) -> Delivery {
    deliveries.find(id).await.unwrap().unwrap()
}

fn superseded(saved: &Result<(), SaveError>) -> bool {
    matches!(saved, Err(SaveError::Superseded))
}

pub async fn a_key_makes_one_delivery(deliveries: &dyn Deliveries) {
    let first = wanted(1, Errand::Story(STORY));
    let again = NewDelivery {
        id: DeliveryId(Uuid::from_u128(2)),
        ..first.clone()
    };
    assert_eq!(deliveries.find(first.id).await.unwrap(), None);
    let kept = deliveries.accept(&first).await.unwrap();
    assert_eq!(kept, deliveries.accept(&again).await.unwrap());
    assert_eq!(kept, found(deliveries, first.id).await);
    assert_eq!(deliveries.find(again.id).await.unwrap(), None);
    let Delivery {
        errand,
        status,
        attempts,
        ..
    } = kept;
    assert_eq!(
        (errand, status, attempts),
        (first.errand, Status::Queued, 0)
    );
}

pub async fn a_story_lists_its_own_deliveries_oldest_first(deliveries: &dyn Deliveries) {
    let other = Errand::SecurityNotice(UserId(STORY.0));
    for (number, errand) in [
        (1, Errand::Story(STORY)),
        (2, other),
        (3, Errand::Story(STORY)),
    ] {
        deliveries.accept(&wanted(number, errand)).await.unwrap();
    }
    let listed = deliveries.of_story(STORY).await.unwrap();
    let ids: Vec<_> = listed
        .iter()
        .map(|delivery| delivery.id.0.as_u128())
        .collect();
    assert_eq!(ids, [1, 3]);
}

/// `claim` gives the queued job to a worker, as the worker pool would.
pub async fn a_try_is_counted_once(
    deliveries: &dyn Deliveries,
    claim: impl AsyncFn(DeliveryId) -> Fence,
) {
    let id = one(deliveries, Errand::Story(STORY)).await;
    let fence = claim(id).await;
    deliveries.put_back(&fence, id, TO).await.unwrap();
    assert_eq!(found(deliveries, id).await.attempts, 1);
    deliveries.begin(&fence, id, TO).await.unwrap();
    let sending = found(deliveries, id).await;
    assert_eq!((sending.status, sending.attempts), (Status::Sending, 2));
    deliveries.put_back(&fence, id, TO).await.unwrap();
    let waiting = found(deliveries, id).await;
    assert_eq!((waiting.status, waiting.attempts), (Status::Queued, 2));
    assert_eq!(waiting.to.as_deref(), Some(TO));
}

pub async fn only_the_newest_claim_changes_anything(
    deliveries: &dyn Deliveries,
    claim: impl AsyncFn(DeliveryId) -> Fence,
) {
    let id = one(deliveries, Errand::Story(STORY)).await;
    let outdated = claim(id).await;
    let newest = claim(id).await;
    let before = found(deliveries, id).await;

    assert!(superseded(&deliveries.begin(&outdated, id, TO).await));
    assert!(superseded(&deliveries.put_back(&outdated, id, TO).await));
    assert!(superseded(&deliveries.settle_sent(&outdated, id).await));
    assert!(superseded(&deliveries.settle_failed(&outdated, id).await));
    assert_eq!(found(deliveries, id).await, before);

    deliveries.begin(&newest, id, TO).await.unwrap();
    deliveries.settle_sent(&newest, id).await.unwrap();
    assert!(superseded(&deliveries.settle_sent(&newest, id).await));
    assert!(superseded(&deliveries.begin(&newest, id, TO).await));
    let sent = found(deliveries, id).await;
    assert_eq!((sent.status, sent.attempts), (Status::Sent, 1));
    assert!(sent.sent_at.is_some());
}

/// `told` is what the owner of the story is going to be told.
pub async fn the_owner_of_a_story_is_told_how_it_ended(
    deliveries: &dyn Deliveries,
    claim: impl AsyncFn(DeliveryId) -> Fence,
    told: impl AsyncFn() -> Vec<(StoryId, Status)>,
) {
    let sent = one(deliveries, Errand::Story(STORY)).await;
    let fence = claim(sent).await;
    deliveries.settle_sent(&fence, sent).await.unwrap();

    let other = StoryId(Uuid::from_u128(8));
    let failed = wanted(2, Errand::Story(other));
    deliveries.accept(&failed).await.unwrap();
    let fence = claim(failed.id).await;
    deliveries.settle_failed(&fence, failed.id).await.unwrap();
    let kept = found(deliveries, failed.id).await;
    assert_eq!((kept.status, kept.sent_at), (Status::Failed, None));

    let notice = wanted(3, Errand::SecurityNotice(UserId(STORY.0)));
    deliveries.accept(&notice).await.unwrap();
    let fence = claim(notice.id).await;
    deliveries.settle_sent(&fence, notice.id).await.unwrap();

    assert_eq!(
        told().await,
        [(STORY, Status::Sent), (other, Status::Failed)]
    );
}
