use kernel::{StoryId, UserId};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::documents::RequestDocument;
use crate::application::ports::Unavailable;
use crate::domain::story::{RowVersion, Story, StoryFailure, StoryStatus, Summary, Writer};
use crate::domain::wish::StoryRequest;

/// A story as its table has it; every query that reads whole stories answers this.
pub(super) struct StoryRow {
    pub id: Uuid,
    pub owner_id: Uuid,
    pub status: String,
    pub request: Json<RequestDocument>,
    pub deliver: bool,
    pub title: Option<String>,
    pub teaser: Option<String>,
    pub word_count: Option<i32>,
    pub reading_grade: Option<f32>,
    pub writer: Option<String>,
    pub row_version: i32,
    pub created_at: OffsetDateTime,
    pub ready_at: Option<OffsetDateTime>,
    pub delivered_at: Option<OffsetDateTime>,
    pub mail_failed: bool,
    pub error_code: Option<String>,
}

/// What a row says is not what this version of the service writes.
#[derive(Debug, thiserror::Error)]
#[error("the story's row has an unknown {0}")]
pub(super) struct Unreadable(pub &'static str);

impl From<Unreadable> for Unavailable {
    fn from(cause: Unreadable) -> Self {
        Self(cause.into())
    }
}

impl TryFrom<StoryRow> for Story {
    type Error = Unavailable;

    fn try_from(row: StoryRow) -> Result<Self, Unavailable> {
        let summary = row.summary()?;
        let status = StoryStatus::parse(&row.status).ok_or(Unreadable("status"))?;
        let request = StoryRequest::try_from(row.request.0);
        Ok(Self {
            id: StoryId(row.id),
            owner: UserId(row.owner_id),
            request: request.map_err(|cause| Unavailable(cause.into()))?,
            deliver: row.deliver,
            status,
            summary,
            created_at: row.created_at,
            ready_at: row.ready_at,
            delivered_at: row.delivered_at,
            mail_failed: row.mail_failed,
            failure: row.error_code.map(|code| StoryFailure { code }),
            row_version: RowVersion(row.row_version),
        })
    }
}

impl StoryRow {
    /// All of it or nothing: the table's check sees to that.
    fn summary(&self) -> Result<Option<Summary>, Unreadable> {
        let Some(writer) = &self.writer else {
            return Ok(None);
        };
        let words = self.word_count.map(i32::cast_unsigned);
        Ok(Some(Summary {
            title: self.title.clone().ok_or(Unreadable("title"))?,
            teaser: self.teaser.clone().ok_or(Unreadable("teaser"))?,
            word_count: words.ok_or(Unreadable("word count"))?,
            reading_grade: self.reading_grade.ok_or(Unreadable("reading grade"))?,
            writer: Writer::parse(writer).ok_or(Unreadable("writer"))?,
        }))
    }
}
