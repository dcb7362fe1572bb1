use kernel::{StoryId, UserId};
use time::OffsetDateTime;

use super::Writer;
use crate::domain::wish::StoryRequest;

/// How far a story has come. It only ever moves on; PostgreSQL guards every step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StoryStatus {
    /// Waits for a worker.
    Queued,
    /// A worker writes it.
    Generating,
    /// It can be read.
    Ready,
    /// It was mailed, too.
    Delivered,
    /// It could not be written.
    Failed,
    /// Its reader wants it no more.
    Cancelled,
}

impl StoryStatus {
    /// Every status, in the order of a story's life.
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Generating,
        Self::Ready,
        Self::Delivered,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The word that stands for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Generating => "generating",
            Self::Ready => "ready",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status that a word stands for.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }

    /// Whether there is a text to read.
    pub const fn is_written(self) -> bool {
        matches!(self, Self::Ready | Self::Delivered)
    }
}

/// Rises with every change of what it counts; clients see it as an `ETag`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowVersion(pub i32);

/// A story somebody asked for, without its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    pub id: StoryId,
    pub owner: UserId,
    pub request: StoryRequest,
    /// Whether it is to be mailed.
    pub deliver: bool,
    pub status: StoryStatus,
    /// Once it is written.
    pub summary: Option<Summary>,
    pub created_at: OffsetDateTime,
    pub ready_at: Option<OffsetDateTime>,
    pub delivered_at: Option<OffsetDateTime>,
    /// The mail was given up; another one may still arrive.
    pub mail_failed: bool,
    pub failure: Option<StoryFailure>,
    pub row_version: RowVersion,
}

impl Story {
    /// Whether nothing more will happen to it by itself.
    pub const fn is_settled(&self) -> bool {
        match self.status {
            StoryStatus::Queued | StoryStatus::Generating => false,
            StoryStatus::Ready => !self.deliver || self.mail_failed,
            StoryStatus::Delivered | StoryStatus::Failed | StoryStatus::Cancelled => true,
        }
    }
}

/// What is told about a written story.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    pub title: String,
    /// One sentence that makes curious.
    pub teaser: String,
    pub word_count: u32,
    /// The school year that can read it, by its words and sentences.
    pub reading_grade: f32,
    pub writer: Writer,
}

/// Why a story was not written: the stable code of a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryFailure {
    pub code: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_reads_back() {
        for status in StoryStatus::ALL {
            assert_eq!(StoryStatus::parse(status.as_str()), Some(status));
        }
        assert_eq!(StoryStatus::parse("Ready"), None);
    }
}
