use std::sync::Arc;

use kernel::{Coded as _, DeliveryId, ErrorKind, Fence, UserId};
use uuid::Uuid;

use super::{SendMail, SendMailError};
use crate::application::contracts::lookups::{FLOW, STORY, USED_FLOW, USER};
use crate::application::fakes::{FakeDeliveries, FakeMailer, FakeWorld, Manner};
use crate::application::ports::Deliveries as _;
use crate::domain::{Content, Delivery, Errand, FlowId, MessageId, NewDelivery, Status};

const ID: DeliveryId = DeliveryId(Uuid::from_u128(1));

/// A worker, and what it works with; one delivery waits.
struct Desk {
    deliveries: Arc<FakeDeliveries>,
    mailer: Arc<FakeMailer>,
    send_mail: SendMail,
}

impl Desk {
    async fn new(errand: Errand, manner: Manner, world: FakeWorld) -> Self {
        let deliveries = Arc::new(FakeDeliveries::default());
        let mailer = Arc::new(FakeMailer::new(manner));
        let world = Arc::new(world);
        let wanted = NewDelivery {
            id: ID,
            key: Uuid::nil(),
            errand,
            message_id: MessageId::kept("1@mail.example.org".to_owned()),
        };
        deliveries.accept(&wanted).await.unwrap();
        Self {
            send_mail: SendMail::new(deliveries.clone(), world.clone(), world, mailer.clone()),
            deliveries,
            mailer,
        }
    }

    async fn work(&self) -> Result<(), SendMailError> {
        self.send_mail.run(ID, &self.deliveries.claim(ID)).await
    }

    async fn delivery(&self) -> Delivery {
        self.deliveries.find(ID).await.unwrap().unwrap()
    }

    async fn stands_at(&self, status: Status, attempts: u32) {
        let delivery = self.delivery().await;
        assert_eq!((delivery.status, delivery.attempts), (status, attempts));
    }
}

async fn desk(errand: Errand, manner: Manner) -> Desk {
    Desk::new(errand, manner, FakeWorld::of_mira()).await
}

#[tokio::test]
async fn a_code_goes_to_the_address_of_its_flow() {
    let desk = desk(Errand::VerifyEmail(FLOW), Manner::Takes).await;

    desk.work().await.unwrap();

    let letters = desk.mailer.taken();
    let letter = letters.first().unwrap();
    assert_eq!(letter.to.as_str(), "mira@example.org");
    assert!(matches!(letter.content, Content::VerifyEmail(_)));
    let delivery = desk.delivery().await;
    assert_eq!(delivery.to.as_deref(), Some("m***@example.org"));
    desk.stands_at(Status::Sent, 1).await;
}

#[tokio::test]
async fn a_story_goes_to_its_reader_and_its_owner_is_told() {
    let desk = desk(Errand::Story(STORY), Manner::Takes).await;
    desk.work().await.unwrap();
    assert_eq!(desk.mailer.message_ids(), ["1@mail.example.org"]);
    assert_eq!(desk.deliveries.settled(), [(STORY, Status::Sent)]);
}

#[tokio::test]
async fn notices_go_to_the_user() {
    for errand in [Errand::AccountExists(USER), Errand::SecurityNotice(USER)] {
        let desk = desk(errand, Manner::Takes).await;
        desk.work().await.unwrap();
        let letters = desk.mailer.taken();
        assert_eq!(
            letters.first().unwrap().content.template(),
            errand.template()
        );
    }
}

#[tokio::test]
async fn what_is_gone_or_over_is_let_go() {
    let nobody = Uuid::from_u128(99);
    for errand in [
        Errand::VerifyEmail(USED_FLOW),
        Errand::VerifyEmail(FlowId(nobody)),
        Errand::AccountExists(UserId(nobody)),
        Errand::Story(kernel::StoryId(nobody)),
    ] {
        let desk = desk(errand, Manner::Takes).await;
        desk.work().await.unwrap();
        assert!(desk.mailer.taken().is_empty());
        desk.stands_at(Status::Failed, 0).await;
    }
}

#[tokio::test]
async fn absent_services_and_servers_cost_no_try() {
    let away = Desk::new(Errand::Story(STORY), Manner::Takes, FakeWorld::away()).await;
    let no_server = desk(Errand::Story(STORY), Manner::Away).await;
    for desk in [away, no_server] {
        let failed = desk.work().await;
        assert!(matches!(failed, Err(SendMailError::Unavailable(_))));
        desk.stands_at(Status::Queued, 0).await;
    }
}

#[tokio::test]
async fn what_the_server_does_not_take_waits_and_counts() {
    for (manner, kind) in [
        (Manner::DefersRecipient, ErrorKind::RateLimited),
        (Manner::RefusesRecipient, ErrorKind::Invalid),
        (Manner::RefusesLetter, ErrorKind::Invalid),
        (Manner::FallsSilent, ErrorKind::Internal),
    ] {
        let desk = desk(Errand::Story(STORY), manner).await;
        let failed = desk.work().await.unwrap_err();
        assert_eq!(failed.kind(), kind, "{failed}");
        desk.stands_at(Status::Queued, 1).await;
        assert!(desk.deliveries.settled().is_empty());
    }
}

#[tokio::test]
async fn a_superseded_worker_sends_nothing() {
    let desk = desk(Errand::Story(STORY), Manner::Takes).await;
    let outdated = desk.deliveries.claim(ID);
    desk.deliveries.claim(ID);

    let refused = desk.send_mail.run(ID, &outdated).await;

    assert!(matches!(refused, Err(SendMailError::Superseded)));
    assert!(desk.mailer.taken().is_empty());
}

#[tokio::test]
async fn an_unknown_delivery_is_not_found() {
    let desk = desk(Errand::Story(STORY), Manner::Takes).await;
    let unknown = DeliveryId(Uuid::from_u128(2));
    let refused = desk
        .send_mail
        .run(unknown, &Fence::new(Uuid::nil(), 1))
        .await;
    assert!(matches!(refused, Err(SendMailError::NotFound)));
}
