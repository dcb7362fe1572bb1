use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::application::ports::{Cancel, Draft, StoryWriter, TextSink, WriterError};
use crate::domain::story::{News, Writer};
use crate::domain::storyteller::{Grammar, Scene, Story, sentences, tell};
use crate::domain::wish::StoryRequest;

/// Writes with the built-in storyteller: no key, no network, a millisecond.
pub struct BuiltinWriter {
    grammar: Arc<Grammar>,
    scene_pause: Duration,
}

impl BuiltinWriter {
    /// One that pauses for so long before each scene.
    pub fn new(grammar: Arc<Grammar>, scene_pause: Duration) -> Self {
        Self {
            grammar,
            scene_pause,
        }
    }

    /// Lets a reader follow; ends at once when the work is to stop.
    async fn pause(&self, cancel: &dyn Cancel) {
        if !self.scene_pause.is_zero() {
            let _stopped = tokio::time::timeout(self.scene_pause, cancel.cancelled()).await;
        }
    }
}

#[async_trait]
impl StoryWriter for BuiltinWriter {
    async fn write(
        &self,
        request: &StoryRequest,
        sink: &mut dyn TextSink,
        cancel: &dyn Cancel,
    ) -> Result<Draft, WriterError> {
        let story = tell(&self.grammar, request, request.seed)?;
        sink.tell(vec![News::Plan {
            title: story.plan.title.clone(),
            beats: number(story.plan.beats.len()),
        }])
        .await;
        for (index, scene) in story.scenes.iter().enumerate() {
            self.pause(cancel).await;
            if cancel.is_cancelled() {
                return Err(WriterError::Cancelled);
            }
            sink.tell(news(number(index), scene)).await;
        }
        Ok(draft(story))
    }
}

/// A scene sentence by sentence; each carries the space that follows it, so that the
/// chunks of a story in a row are its text.
fn news(index: u32, scene: &Scene) -> Vec<News> {
    let mut news = vec![News::Scene { index }];
    for paragraph in &scene.paragraphs {
        let sentences = sentences(paragraph);
        let last = sentences.len().saturating_sub(1);
        news.extend(
            sentences
                .iter()
                .enumerate()
                .map(|(at, sentence)| News::Chunk {
                    text: format!("{sentence}{}", if at == last { "\n\n" } else { " " }),
                }),
        );
    }
    news
}

fn draft(story: Story) -> Draft {
    Draft {
        plan: story.plan,
        scenes: story
            .scenes
            .into_iter()
            .map(|scene| scene.paragraphs)
            .collect(),
        word_count: number(story.word_count),
        reading_grade: story.reading_grade,
        writer: Writer::Builtin,
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::builtin;
    use crate::domain::fixtures;

    struct Page(Vec<News>);

    #[async_trait]
    impl TextSink for Page {
        async fn tell(&mut self, news: Vec<News>) {
            self.0.extend(news);
        }
    }

    struct After(bool);

    #[async_trait]
    impl Cancel for After {
        fn is_cancelled(&self) -> bool {
            self.0
        }

        async fn cancelled(&self) {
            if !self.0 {
                std::future::pending::<()>().await;
            }
        }
    }

    fn writer() -> BuiltinWriter {
        paced(Duration::ZERO)
    }

    fn paced(scene_pause: Duration) -> BuiltinWriter {
        BuiltinWriter::new(Arc::new(builtin::grammar().unwrap()), scene_pause)
    }

    #[tokio::test]
    async fn what_is_told_is_what_is_handed_in() {
        let mut page = Page(Vec::new());
        let draft = writer()
            .write(&fixtures::request(), &mut page, &After(false))
            .await
            .unwrap();

        let chunks = page.0.iter().filter_map(|news| match news {
            News::Chunk { text } => Some(text.as_str()),
            _ => None,
        });
        let text = draft.scenes.concat().join("\n\n");
        assert_eq!(chunks.collect::<String>().trim_end(), text);
        let scenes = page
            .0
            .iter()
            .filter(|news| matches!(news, News::Scene { .. }));
        assert_eq!(scenes.count(), draft.scenes.len());
        assert!(matches!(page.0.first(), Some(News::Plan { beats, .. }) if *beats > 3));
    }

    #[tokio::test]
    async fn a_cancelled_story_is_not_told() {
        let mut page = Page(Vec::new());
        let told = writer()
            .write(&fixtures::request(), &mut page, &After(true))
            .await;
        assert!(matches!(told, Err(WriterError::Cancelled)));
        assert_eq!(page.0.len(), 1, "the plan alone");
    }

    #[tokio::test]
    async fn a_paced_writer_pauses_before_each_scene() {
        let mut page = Page(Vec::new());
        let begun = tokio::time::Instant::now();
        let pause = Duration::from_millis(5);
        let draft = paced(pause)
            .write(&fixtures::request(), &mut page, &After(false))
            .await
            .unwrap();
        assert!(begun.elapsed() >= pause * number(draft.scenes.len()));
    }

    #[tokio::test]
    async fn a_pause_ends_when_the_work_is_to_stop() {
        let mut page = Page(Vec::new());
        let begun = tokio::time::Instant::now();
        let told = paced(Duration::from_mins(1))
            .write(&fixtures::request(), &mut page, &After(true))
            .await;
        assert!(matches!(told, Err(WriterError::Cancelled)));
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
}
