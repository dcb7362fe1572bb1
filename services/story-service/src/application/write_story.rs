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
        let draft = self
            .writer
            .write(&story.request, &mut listeners, cancel)
            .await?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::fakes::{FakeNewsBoard, FakeStories};
    use crate::domain::fixtures;
    use crate::domain::story::{Story, StoryStatus, Writer};
    use crate::domain::storyteller::{StoryPlan, Untold};
    use crate::domain::wish::StoryRequest;

    /// Tells one sentence, or nothing.
    struct Brief(bool);

    #[async_trait]
    impl StoryWriter for Brief {
        async fn write(
            &self,
            _: &StoryRequest,
            sink: &mut dyn TextSink,
            cancel: &dyn Cancel,
        ) -> Result<Draft, WriterError> {
            if cancel.is_cancelled() {
                return Err(WriterError::Cancelled);
            }
            if !self.0 {
                return Err(Untold.into());
            }
            sink.tell(vec![News::Scene { index: 0 }]).await;
            Ok(Draft {
                plan: StoryPlan {
                    plot: "knock".into(),
                    title: "The Lantern".into(),
                    teaser: "Who knocks?".into(),
                    place: "the lighthouse".into(),
                    beats: Vec::new(),
                    grammar: "en-1".into(),
                },
                scenes: vec![vec!["The end.".into()]],
                word_count: 2,
                reading_grade: 1.0,
                writer: Writer::Builtin,
            })
        }
    }

    struct Now(bool);

    #[async_trait]
    impl Cancel for Now {
        fn is_cancelled(&self) -> bool {
            self.0
        }

        async fn cancelled(&self) {
            if !self.0 {
                std::future::pending::<()>().await;
            }
        }
    }

    struct World {
        desk: Arc<FakeStories>,
        news: Arc<FakeNewsBoard>,
        write_story: WriteStory,
        story: Story,
    }

    fn world(status: StoryStatus, tells: bool) -> World {
        let desk = Arc::new(FakeStories::default());
        let news = Arc::new(FakeNewsBoard::default());
        let story = desk.with(Story {
            status,
            ..fixtures::story()
        });
        World {
            write_story: WriteStory::new(desk.clone(), Arc::new(Brief(tells)), news.clone()),
            desk,
            news,
            story,
        }
    }

    #[tokio::test]
    async fn the_text_is_kept_and_told() {
        let world = world(StoryStatus::Queued, true);
        let (id, fence) = (world.story.id, world.desk.claim());
        world
            .write_story
            .run(id, &fence, &Now(false))
            .await
            .unwrap();
        assert_eq!(world.desk.get(id).status, StoryStatus::Ready);
        assert_eq!(world.news.of(id), [News::Scene { index: 0 }, News::Ready]);
    }

    #[tokio::test]
    async fn a_superseded_worker_keeps_nothing() {
        let world = world(StoryStatus::Queued, true);
        let outdated = world.desk.claim();
        let _newest = world.desk.claim();
        let run = world
            .write_story
            .run(world.story.id, &outdated, &Now(false))
            .await;
        assert!(matches!(run, Err(WriteStoryError::Superseded)));
        assert_eq!(world.desk.get(world.story.id).summary, None);
        assert!(!world.news.of(world.story.id).contains(&News::Ready));
    }

    #[tokio::test]
    async fn the_job_of_an_unwanted_story_is_ended() {
        let world = world(StoryStatus::Cancelled, true);
        let (id, fence) = (world.story.id, world.desk.claim());
        world
            .write_story
            .run(id, &fence, &Now(false))
            .await
            .unwrap();
        assert!(matches!(
            world.desk.close(&fence).await,
            Err(SaveError::Superseded)
        ));
        assert_eq!(world.news.of(id), []);
    }

    #[tokio::test]
    async fn what_stops_the_writer_is_told() {
        let stopped = world(StoryStatus::Queued, true);
        let fence = stopped.desk.claim();
        let run = stopped
            .write_story
            .run(stopped.story.id, &fence, &Now(true))
            .await;
        assert!(matches!(run, Err(WriteStoryError::Cancelled)));

        let speechless = world(StoryStatus::Queued, false);
        let fence = speechless.desk.claim();
        let run = speechless
            .write_story
            .run(speechless.story.id, &fence, &Now(false))
            .await;
        assert_eq!(run.unwrap_err().kind(), ErrorKind::Invalid);
    }
}
