use std::sync::Arc;

use async_trait::async_trait;
use kernel::{Coded, ErrorKind, Fence, StoryId};

use super::ports::{
    Cancel, Desk, Draft, NewsBoard, SaveError, Saved, StoryWriter, TextSink, Unavailable,
    WriterError,
};
use crate::domain::story::{News, WrittenStory};

/// A worker writes a story that was asked for.
pub struct WriteStory {
    desk: Arc<dyn Desk>,
    writer: Arc<dyn StoryWriter>,
    news: Arc<dyn NewsBoard>,
}

/// Why a story was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteStoryError {
    #[error("the list of things to avoid leaves nothing to tell")]
    Untold,
    #[error("the writing was stopped")]
    Cancelled,
    #[error("superseded by a newer claim of the job")]
    Superseded,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Coded for WriteStoryError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Untold => ErrorKind::Invalid,
            Self::Cancelled | Self::Superseded => ErrorKind::Conflict,
            Self::Unavailable(cause) => cause.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Untold => "validation-failed",
            Self::Cancelled | Self::Superseded => "conflict",
            Self::Unavailable(cause) => cause.code(),
        }
    }
}

impl From<SaveError> for WriteStoryError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Superseded => Self::Superseded,
            SaveError::Unavailable(cause) => Self::Unavailable(cause),
        }
    }
}

impl From<WriterError> for WriteStoryError {
    fn from(error: WriterError) -> Self {
        match error {
            WriterError::Untold(_) => Self::Untold,
            WriterError::Cancelled => Self::Cancelled,
        }
    }
}

impl WriteStory {
    pub fn new(
        desk: Arc<dyn Desk>,
        writer: Arc<dyn StoryWriter>,
        news: Arc<dyn NewsBoard>,
    ) -> Self {
        Self { desk, writer, news }
    }

    /// Writes the story; if nobody wants it any more, only ends its job.
    #[tracing::instrument(skip_all, fields(story.id = %id.0))]
    pub async fn run(
        &self,
        id: StoryId,
        fence: &Fence,
        cancel: &dyn Cancel,
    ) -> Result<(), WriteStoryError> {
        let Some(story) = self.desk.begin(id).await? else {
            tracing::info!("story no longer wanted");
            return Ok(self.desk.close(fence).await?);
        };
        let mut listeners = Listeners {
            news: &*self.news,
            id,
            away: false,
        };
        let draft = self.writer.write(&story.request, &mut listeners, cancel).await?;
        let written = written(id, draft);
        if self.desk.save_written(fence, &written).await? == Saved::Kept {
            tracing::info!(story.words = written.word_count, "story written");
            listeners.tell(vec![News::Ready]).await;
        }
        Ok(())
    }
}

fn written(id: StoryId, draft: Draft) -> WrittenStory {
    let beats = draft.plan.beats.iter().map(|beat| beat.name.as_str());
    let beats: Vec<_> = beats.collect();
    WrittenStory {
        id,
        plan: format!("{}: {}", draft.plan.plot, beats.join(", ")),
        title: draft.plan.title,
        teaser: draft.plan.teaser,
        scenes: draft.scenes,
        word_count: draft.word_count,
        reading_grade: draft.reading_grade,
        writer: draft.writer,
        grammar_version: draft.plan.grammar,
    }
}

/// Those who follow the story, as long as they can be reached.
struct Listeners<'a> {
    news: &'a dyn NewsBoard,
    id: StoryId,
    /// One failure is enough: a story must not wait for its listeners.
    away: bool,
}

#[async_trait]
impl TextSink for Listeners<'_> {
    async fn tell(&mut self, news: Vec<News>) {
        if !self.away {
            self.away = self.news.post(self.id, &news).await.is_err();
        }
    }
}
