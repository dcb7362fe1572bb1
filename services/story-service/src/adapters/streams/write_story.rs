use async_trait::async_trait;
use jobs::{Failure, Handler, Job};
use kernel::{Fence, StoryId};
use tokio_util::sync::CancellationToken;

use crate::application::ports::Cancel;
use crate::application::{WriteStory, WriteStoryError};

/// Job `write_story`; its key is the id of the story.
pub struct WriteStoryHandler {
    write_story: WriteStory,
}

impl WriteStoryHandler {
    pub fn new(write_story: WriteStory) -> Self {
        Self { write_story }
    }
}

struct Token(CancellationToken);

#[async_trait]
impl Cancel for Token {
    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    async fn cancelled(&self) {
        self.0.cancelled().await;
    }
}

#[async_trait]
impl Handler for WriteStoryHandler {
    async fn handle(
        &self,
        job: Job,
        fence: Fence,
        cancel: CancellationToken,
    ) -> Result<(), Failure> {
        let id = StoryId(job.key);
        match self.write_story.run(id, &fence, &Token(cancel)).await {
            Ok(()) => Ok(()),
            Err(WriteStoryError::Cancelled) => Err(Failure::Cancelled),
            Err(WriteStoryError::Superseded) => Err(Failure::Superseded),
            Err(error) => Err(error.into()),
        }
    }
}
