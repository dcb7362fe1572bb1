use async_trait::async_trait;
use jobs::{Cause, Job, OnDead, Wake};
use kernel::{Fence, StoryId};
use mails::{Subject, Template};
use outbox::Message;
use sqlx::types::Json;
use sqlx::{PgPool, PgTransaction};

use super::stories::{find, text};
use crate::application::ports::{Desk, MailReport, ReaderAndText, SaveError, Saved, Unavailable};
use crate::domain::story::{Story, WrittenStory};

pub struct PgDesk {
    pool: PgPool,
    wake: Wake,
}

impl PgDesk {
    /// `wake` is the outbox relay's of the same process.
    pub fn new(pool: PgPool, wake: Wake) -> Self {
        Self { pool, wake }
    }
}

#[async_trait]
impl Desk for PgDesk {
    async fn begin(&self, id: StoryId) -> Result<Option<Story>, Unavailable> {
        let wanted = sqlx::query!(
            "update stories set status = 'generating', row_version = row_version + 1
             where id = $1 and status in ('queued', 'generating')",
            id.0,
        )
        .execute(&self.pool)
        .await?
        .rows_affected();
        if wanted == 0 {
            return Ok(None);
        }
        find(&self.pool, id).await
    }

    async fn save_written(&self, fence: &Fence, story: &WrittenStory) -> Result<Saved, SaveError> {
        let mut tx = self.pool.begin().await?;
        // First, because the job is locked before the story, here as everywhere. If it is
        // superseded, `?` drops the transaction.
        jobs::finish(&mut tx, fence).await?;
        let deliver = save_text(&mut tx, story).await?;
        if deliver == Some(true) {
            outbox::put(&mut tx, &mail_request(story.id)).await?;
        }
        tx.commit().await?;
        self.wake.wake();
        Ok(deliver.map_or(Saved::Unwanted, |_| Saved::Kept))
    }

    async fn close(&self, fence: &Fence) -> Result<(), SaveError> {
        let mut tx = self.pool.begin().await?;
        jobs::finish(&mut tx, fence).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn for_mail(&self, id: StoryId) -> Result<Option<ReaderAndText>, Unavailable> {
        text(&self.pool, id).await
    }

    async fn report(&self, report: &MailReport) -> Result<bool, Unavailable> {
        let changed = if report.sent {
            sqlx::query!(
                "update stories set status = 'delivered', delivered_at = now(),
                        mail_failed = false, row_version = row_version + 1
                 where id = $1 and status = 'ready'",
                report.story.0,
            )
            .execute(&self.pool)
            .await?
        } else {
            sqlx::query!(
                "update stories set mail_failed = true, row_version = row_version + 1
                 where id = $1 and status = 'ready' and not mail_failed",
                report.story.0,
            )
            .execute(&self.pool)
            .await?
        };
        Ok(changed.rows_affected() == 1)
    }
}

/// A job that is given up takes its story with it.
#[async_trait]
impl OnDead for PgDesk {
    async fn dead(
        &self,
        tx: &mut PgTransaction<'_>,
        job: &Job,
        cause: &Cause,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update stories set status = 'failed', error_code = $2, row_version = row_version + 1
             where id = $1 and status in ('queued', 'generating')",
            job.key,
            cause.code(),
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

/// Whether the story is to be mailed; none if nobody wants it any more.
async fn save_text(
    tx: &mut PgTransaction<'_>,
    story: &WrittenStory,
) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar!(
        "update stories set
             status = 'ready', ready_at = now(), row_version = row_version + 1,
             title = $2, teaser = $3, scenes = $4, word_count = $5, reading_grade = $6,
             writer = $7, plan = $8, grammar_version = $9
         where id = $1 and status = 'generating'
         returning deliver",
        story.id.0,
        story.title,
        story.teaser,
        Json(&story.scenes) as _,
        i32::try_from(story.word_count).unwrap_or(i32::MAX),
        story.reading_grade,
        story.writer.as_str(),
        story.plan,
        story.grammar_version,
    )
    .fetch_optional(&mut **tx)
    .await
}

/// The story's id is the key, so that a story is mailed once.
fn mail_request(story: StoryId) -> Message {
    mails::request(
        story.0,
        Template::Story,
        Subject::StoryId(story.0.to_string()),
    )
}
