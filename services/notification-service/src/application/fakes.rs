//! In-memory ports for use-case tests. Adapters are tested for real elsewhere.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use kernel::{DeliveryId, EmailAddress, Fence, StoryId, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

use super::contracts::lookups;
use super::ports::{
    Accounts, Deliveries, LookUpError, Mailer, Offer, SaveError, SendError, Stories, Unavailable,
};
use crate::domain::{
    Code, Delivery, FlowId, Letter, NewDelivery, Signer, Status, StoryText, Verification,
};

fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn away(what: &'static str) -> Unavailable {
    let cause = "nobody there".into();
    Unavailable { what, cause }
}

#[derive(Default)]
pub struct FakeDeliveries(Mutex<Ledger>);

#[derive(Default)]
struct Ledger {
    by_key: HashMap<Uuid, Delivery>,
    claims: i64,
    running: Option<(DeliveryId, i64)>,
    settled: Vec<(StoryId, Status)>,
}

impl Ledger {
    fn guarded(
        &mut self,
        fence: &Fence,
        id: DeliveryId,
        change: impl FnOnce(&mut Delivery),
    ) -> Result<(), SaveError> {
        if self.running != Some((id, fence.number())) {
            return Err(SaveError::Superseded);
        }
        if let Some(delivery) = self.by_key.values_mut().find(|kept| kept.id == id) {
            change(delivery);
        }
        Ok(())
    }

    fn settle(&mut self, fence: &Fence, id: DeliveryId, status: Status) -> Result<(), SaveError> {
        let mut story = None;
        self.guarded(fence, id, |delivery| {
            delivery.status = status;
            delivery.sent_at = (status == Status::Sent).then_some(OffsetDateTime::UNIX_EPOCH);
            story = delivery.errand.story();
        })?;
        self.running = None;
        self.settled.extend(story.map(|story| (story, status)));
        Ok(())
    }
}

impl FakeDeliveries {
    /// Gives the job of the delivery to a worker; earlier claims no longer count.
    pub fn claim(&self, id: DeliveryId) -> Fence {
        let mut ledger = lock(&self.0);
        ledger.claims += 1;
        ledger.running = Some((id, ledger.claims));
        Fence::new(id.0, ledger.claims)
    }

    /// What the owners of stories were told.
    pub fn settled(&self) -> Vec<(StoryId, Status)> {
        lock(&self.0).settled.clone()
    }
}

#[async_trait]
impl Deliveries for FakeDeliveries {
    async fn accept(&self, wanted: &NewDelivery) -> Result<Delivery, Unavailable> {
        let new = Delivery {
            id: wanted.id,
            errand: wanted.errand,
            message_id: wanted.message_id.clone(),
            to: None,
            status: Status::Queued,
            attempts: 0,
            sent_at: None,
        };
        let mut ledger = lock(&self.0);
        Ok(ledger.by_key.entry(wanted.key).or_insert(new).clone())
    }

    async fn find(&self, id: DeliveryId) -> Result<Option<Delivery>, Unavailable> {
        let ledger = lock(&self.0);
        Ok(ledger.by_key.values().find(|kept| kept.id == id).cloned())
    }

    async fn of_story(&self, story: StoryId) -> Result<Vec<Delivery>, Unavailable> {
        let ledger = lock(&self.0);
        let of_story = |kept: &&Delivery| kept.errand.story() == Some(story);
        let mut found: Vec<_> = ledger.by_key.values().filter(of_story).cloned().collect();
        found.sort_by_key(|delivery| delivery.id.0);
        Ok(found)
    }

    async fn begin(&self, fence: &Fence, id: DeliveryId, to: &str) -> Result<(), SaveError> {
        lock(&self.0).guarded(fence, id, |delivery| {
            delivery.status = Status::Sending;
            delivery.attempts += 1;
            delivery.to = Some(to.to_owned());
        })
    }

    async fn put_back(&self, fence: &Fence, id: DeliveryId, to: &str) -> Result<(), SaveError> {
        lock(&self.0).guarded(fence, id, |delivery| {
            delivery.attempts += u32::from(delivery.status != Status::Sending);
            delivery.status = Status::Queued;
            delivery.to = Some(to.to_owned());
        })
    }

    async fn settle_sent(&self, fence: &Fence, id: DeliveryId) -> Result<(), SaveError> {
        lock(&self.0).settle(fence, id, Status::Sent)
    }

    async fn settle_failed(&self, fence: &Fence, id: DeliveryId) -> Result<(), SaveError> {
        lock(&self.0).settle(fence, id, Status::Failed)
    }
}

/// Both other services: who lives where, and which stories there are.
pub struct FakeWorld {
    pub flows: HashMap<FlowId, (EmailAddress, Verification)>,
    pub over: HashSet<FlowId>,
    pub users: HashMap<UserId, (EmailAddress, Signer)>,
    pub stories: HashMap<StoryId, (UserId, StoryText)>,
    pub away: bool,
}

impl FakeWorld {
    /// Mira, her flows and her story, as the contract suite knows them.
    pub fn of_mira() -> Self {
        let to = EmailAddress::parse("mira@example.org").unwrap();
        let code = Code::parse(lookups::CODE).unwrap();
        let expires_in = 600;
        let name = Some("Mira".to_owned());
        Self {
            flows: [(
                lookups::FLOW,
                (to.clone(), Verification { code, expires_in }),
            )]
            .into(),
            over: [lookups::USED_FLOW].into(),
            users: [(lookups::USER, (to, Signer { name }))].into(),
            stories: [(lookups::STORY, (lookups::USER, lookups::story()))].into(),
            away: false,
        }
    }

    /// Nobody answers.
    pub fn away() -> Self {
        Self {
            away: true,
            ..Self::of_mira()
        }
    }

    fn found<T: Clone>(&self, what: Option<&T>) -> Result<T, LookUpError> {
        if self.away {
            return Err(away("the world").into());
        }
        what.cloned().ok_or(LookUpError::Gone)
    }
}

#[async_trait]
impl Accounts for FakeWorld {
    async fn verification(
        &self,
        flow: FlowId,
    ) -> Result<(EmailAddress, Verification), LookUpError> {
        if self.over.contains(&flow) {
            return Err(LookUpError::Over);
        }
        self.found(self.flows.get(&flow))
    }

    async fn contact(&self, user: UserId) -> Result<(EmailAddress, Signer), LookUpError> {
        self.found(self.users.get(&user))
    }
}

#[async_trait]
impl Stories for FakeWorld {
    async fn for_mail(&self, story: StoryId) -> Result<(UserId, StoryText), LookUpError> {
        self.found(self.stories.get(&story))
    }
}

/// How a mail server behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Takes,
    Away,
    DefersRecipient,
    RefusesRecipient,
    RefusesLetter,
    FallsSilent,
}

/// A mail server that keeps what it takes.
pub struct FakeMailer {
    manner: Manner,
    taken: Arc<Mutex<Vec<Letter>>>,
}

impl FakeMailer {
    pub fn new(manner: Manner) -> Self {
        let taken = Arc::default();
        Self { manner, taken }
    }

    pub fn taken(&self) -> Vec<Letter> {
        lock(&self.taken).clone()
    }

    pub fn message_ids(&self) -> Vec<String> {
        let ids = self.taken().into_iter().map(|letter| letter.message_id);
        ids.map(|id| id.to_string()).collect()
    }
}

#[async_trait]
impl Mailer for FakeMailer {
    async fn offer(&self, letter: &Letter) -> Result<Box<dyn Offer>, SendError> {
        match self.manner {
            Manner::Away => Err(away("the mail server").into()),
            Manner::DefersRecipient => Err(SendError::NotNow(450)),
            Manner::RefusesRecipient => Err(SendError::Never(550)),
            Manner::Takes | Manner::RefusesLetter | Manner::FallsSilent => {
                Ok(Box::new(FakeOffer {
                    manner: self.manner,
                    letter: letter.clone(),
                    taken: self.taken.clone(),
                }))
            }
        }
    }
}

struct FakeOffer {
    manner: Manner,
    letter: Letter,
    taken: Arc<Mutex<Vec<Letter>>>,
}

#[async_trait]
impl Offer for FakeOffer {
    async fn hand_over(self: Box<Self>) -> Result<(), SendError> {
        if self.manner == Manner::RefusesLetter {
            return Err(SendError::Never(554));
        }
        lock(&self.taken).push(self.letter);
        if self.manner == Manner::FallsSilent {
            return Err(SendError::Unanswered("the line went dead".into()));
        }
        Ok(())
    }
}
