//! Writers that do not write, for what goes wrong.

use std::sync::Arc;

use async_trait::async_trait;
use jobs::{Pool, Queue, StreamSpec, Wake};
use story_service::adapters::postgres::{PgDesk, WRITE_STORY};
use story_service::adapters::redis::RedisNewsBoard;
use story_service::adapters::streams::WriteStoryHandler;
use story_service::application::WriteStory;
use story_service::application::ports::{Cancel, Draft, StoryWriter, TextSink, WriterError};
use story_service::domain::story::News;
use story_service::domain::storyteller::Untold;
use story_service::domain::wish::StoryRequest;
use tokio::time::{Duration, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::world::World;

/// Begins, and goes on until it is stopped.
pub struct Endless;

/// Finds nothing to tell.
pub struct Speechless;

#[async_trait]
impl StoryWriter for Endless {
    async fn write(
        &self,
        _: &StoryRequest,
        sink: &mut dyn TextSink,
        cancel: &dyn Cancel,
    ) -> Result<Draft, WriterError> {
        let title = "The Endless Story".to_owned();
        sink.tell(vec![News::Plan { title, beats: 1 }]).await;
        while !cancel.is_cancelled() {
            sleep(Duration::from_millis(10)).await;
        }
        Err(WriterError::Cancelled)
    }
}

#[async_trait]
impl StoryWriter for Speechless {
    async fn write(
        &self,
        _: &StoryRequest,
        _: &mut dyn TextSink,
        _: &dyn Cancel,
    ) -> Result<Draft, WriterError> {
        Err(Untold.into())
    }
}

/// A pool of workers that end when told to.
pub struct Workers {
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Workers {
    pub fn start(world: &World, writer: Arc<dyn StoryWriter>) -> Self {
        let settings = world.settings();
        let redis = datastores::redis::Redis::new(&settings.redis).unwrap();
        let desk = Arc::new(PgDesk::new(world.pool.clone(), Wake::default()));
        let news = Arc::new(RedisNewsBoard::new(redis.clone()));
        let handler = WriteStoryHandler::new(WriteStory::new(desk.clone(), writer, news));
        let spec = StreamSpec::interactive("story");
        let queue = Queue::new(world.pool.clone(), redis, spec, settings.jobs);
        let pool = Pool::new(queue).handle(WRITE_STORY, Arc::new(handler), desk);
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        tasks.spawn(pool.run(stop.clone()));
        Self { tasks, stop }
    }

    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
