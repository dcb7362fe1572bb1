use std::sync::Arc;

use async_trait::async_trait;
use jobs::{Cause, Job, Lane, OnDead, Terms, Wake};
use kernel::{DeliveryId, Fence, Ids, StoryId};
use sqlx::{PgPool, PgTransaction};
use time::OffsetDateTime;
use uuid::Uuid;

use super::SEND_MAIL;
use super::settled::{Outcome, tell_owner};
use crate::application::ports::{Deliveries, SaveError, Unavailable};
use crate::domain::{Delivery, Errand, MessageId, NewDelivery, Status, Template};

/// Deliveries in PostgreSQL.
pub struct PgDeliveries {
    pool: PgPool,
    wakes: Wakes,
    ids: Arc<dyn Ids>,
}

/// What wakes the relay of each lane.
#[derive(Clone, Default)]
pub struct Wakes {
    interactive: Wake,
    bulk: Wake,
}

impl Wakes {
    /// The one of this lane.
    pub const fn of(&self, lane: Lane) -> &Wake {
        match lane {
            Lane::Interactive => &self.interactive,
            Lane::Bulk => &self.bulk,
        }
    }
}

/// Nobody waits in front of the screen for a story's mail; it must not hold up a code.
const fn lane(template: Template) -> Lane {
    match template {
        Template::VerifyEmail | Template::AccountExists | Template::SecurityNotice => {
            Lane::Interactive
        }
        Template::Story => Lane::Bulk,
    }
}

/// A delivery as the table has it.
struct Row {
    id: Uuid,
    template: String,
    subject_id: Uuid,
    message_id: String,
    recipient: Option<String>,
    status: String,
    attempts: i32,
    sent_at: Option<OffsetDateTime>,
}

impl PgDeliveries {
    /// `wakes` wake the relays that publish the jobs.
    pub fn new(pool: PgPool, wakes: Wakes, ids: Arc<dyn Ids>) -> Self {
        Self { pool, wakes, ids }
    }

    async fn settle(
        &self,
        fence: &Fence,
        id: DeliveryId,
        outcome: Outcome,
    ) -> Result<(), SaveError> {
        let mut tx = self.pool.begin().await?;
        self.end(&mut tx, id.0, outcome).await?;
        // Superseded: `?` drops the transaction, the end with it.
        jobs::finish(&mut tx, fence).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn end(
        &self,
        tx: &mut PgTransaction<'_>,
        id: Uuid,
        outcome: Outcome,
    ) -> Result<(), sqlx::Error> {
        let status = match outcome {
            Outcome::Sent => Status::Sent,
            Outcome::Failed => Status::Failed,
        };
        let ended = sqlx::query!(
            "update deliveries
             set status = $2, sent_at = case when $2 = 'sent' then now() end
             where id = $1 and status <> 'sent'
             returning template, subject_id",
            id,
            status.name(),
        )
        .fetch_optional(&mut **tx)
        .await?;
        match ended {
            Some(row) if row.template == Template::Story.name() => {
                let story = StoryId(row.subject_id);
                tell_owner(tx, self.ids.next(), DeliveryId(id), story, outcome).await
            }
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Deliveries for PgDeliveries {
    async fn accept(&self, wanted: &NewDelivery) -> Result<Delivery, Unavailable> {
        let errand = wanted.errand;
        let lane = lane(errand.template());
        let mut tx = self.pool.begin().await?;
        let added = sqlx::query!(
            "insert into deliveries (id, key, template, subject_id, message_id)
             values ($1, $2, $3, $4, $5) on conflict (key) do nothing",
            wanted.id.0,
            wanted.key,
            errand.template().name(),
            errand.subject(),
            wanted.message_id.as_str(),
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if added == 1 {
            let job = Job {
                kind: SEND_MAIL,
                key: wanted.id.0,
                tenant: errand.subject(),
            };
            let terms = Terms {
                lane,
                ..Terms::default()
            };
            jobs::enqueue_on(&mut tx, &job, terms).await?;
        }
        let kept = sqlx::query_as!(
            Row,
            "select id, template, subject_id, message_id, recipient, status, attempts, sent_at
             from deliveries where key = $1",
            wanted.key,
        )
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        self.wakes.of(lane).wake();
        kept.into_delivery()
    }

    async fn find(&self, id: DeliveryId) -> Result<Option<Delivery>, Unavailable> {
        let row = sqlx::query_as!(
            Row,
            "select id, template, subject_id, message_id, recipient, status, attempts, sent_at
             from deliveries where id = $1",
            id.0,
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(Row::into_delivery).transpose()
    }

    async fn of_story(&self, story: StoryId) -> Result<Vec<Delivery>, Unavailable> {
        let rows = sqlx::query_as!(
            Row,
            "select id, template, subject_id, message_id, recipient, status, attempts, sent_at
             from deliveries where template = 'story' and subject_id = $1 order by id",
            story.0,
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::into_delivery).collect()
    }

    async fn begin(&self, fence: &Fence, id: DeliveryId, to: &str) -> Result<(), SaveError> {
        let mut tx = self.pool.begin().await?;
        jobs::guard(&mut tx, fence).await?;
        sqlx::query!(
            "update deliveries
             set status = 'sending', fence = $2, recipient = $3, attempts = attempts + 1
             where id = $1",
            id.0,
            fence.number(),
            to,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    async fn put_back(&self, fence: &Fence, id: DeliveryId, to: &str) -> Result<(), SaveError> {
        let mut tx = self.pool.begin().await?;
        jobs::guard(&mut tx, fence).await?;
        // A try that had begun was counted then.
        sqlx::query!(
            "update deliveries
             set attempts = attempts + case when status = 'sending' and fence = $2 then 0 else 1 end,
                 status = 'queued', fence = $2, recipient = $3
             where id = $1",
            id.0,
            fence.number(),
            to,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    async fn settle_sent(&self, fence: &Fence, id: DeliveryId) -> Result<(), SaveError> {
        self.settle(fence, id, Outcome::Sent).await
    }

    async fn settle_failed(&self, fence: &Fence, id: DeliveryId) -> Result<(), SaveError> {
        self.settle(fence, id, Outcome::Failed).await
    }
}

/// A mail that is given up will never be sent.
#[async_trait]
impl OnDead for PgDeliveries {
    async fn dead(
        &self,
        tx: &mut PgTransaction<'_>,
        job: &Job,
        _: &Cause,
    ) -> Result<(), sqlx::Error> {
        self.end(tx, job.key, Outcome::Failed).await
    }
}

impl Row {
    fn into_delivery(self) -> Result<Delivery, Unavailable> {
        let template = Template::named(&self.template).ok_or_else(|| unknown("template"))?;
        Ok(Delivery {
            id: DeliveryId(self.id),
            errand: Errand::new(template, self.subject_id),
            message_id: MessageId::kept(self.message_id),
            to: self.recipient,
            status: Status::named(&self.status).ok_or_else(|| unknown("status"))?,
            attempts: u32::try_from(self.attempts).unwrap_or_default(),
            sent_at: self.sent_at,
        })
    }
}

/// A newer version wrote the row.
fn unknown(what: &str) -> Unavailable {
    Unavailable {
        what: "the ledger",
        cause: format!("this version knows no such {what}").into(),
    }
}
