use std::sync::Arc;

use kernel::{StoryId, UserId};

use super::GetStoryError;
use super::ports::{NewsBoard, Stories};
use crate::domain::story::{Follower, NewsId, Story, Told};

/// A reader follows a story while it is written.
pub struct FollowStory {
    stories: Arc<dyn Stories>,
    news: Arc<dyn NewsBoard>,
}

/// A story that is being followed.
pub struct Followed {
    owner: UserId,
    id: StoryId,
    deliver: bool,
    follower: Follower,
    read: Option<NewsId>,
}

/// Whether the story's row was read, and what it said.
enum Row<'a> {
    Unread,
    Read(Option<&'a Story>),
}

impl Followed {
    /// Whether there is nothing more to come.
    pub const fn is_over(&self) -> bool {
        self.follower.is_over()
    }
}

impl FollowStory {
    pub fn new(stories: Arc<dyn Stories>, news: Arc<dyn NewsBoard>) -> Self {
        Self { stories, news }
    }

    /// Begins behind what the reader was told before, and answers what there is to tell now.
    #[tracing::instrument(skip_all, fields(story.id = %id.0))]
    pub async fn begin(
        &self,
        owner: UserId,
        id: StoryId,
        told: Option<NewsId>,
    ) -> Result<(Followed, Vec<Told>), GetStoryError> {
        let found = self.stories.find(owner, id).await?;
        let story = found.ok_or(GetStoryError::NotFound)?;
        let mut followed = Followed {
            owner,
            id,
            deliver: story.deliver,
            follower: Follower::new(told),
            read: None,
        };
        let tell = self.catch_up(&mut followed, Row::Read(Some(&story))).await;
        Ok((followed, tell))
    }

    /// What the news say since the last time.
    pub async fn listen(&self, followed: &mut Followed) -> Vec<Told> {
        self.catch_up(followed, Row::Unread).await
    }

    /// What the news and the story itself say since the last time.
    pub async fn look(&self, followed: &mut Followed) -> Vec<Told> {
        // While PostgreSQL is away there are only the news.
        match self.stories.find(followed.owner, followed.id).await {
            Ok(story) => self.catch_up(followed, Row::Read(story.as_ref())).await,
            Err(_) => self.listen(followed).await,
        }
    }

    /// The row must have been read before the news are: what is in it may be newer then,
    /// but never older.
    async fn catch_up(&self, followed: &mut Followed, row: Row<'_>) -> Vec<Told> {
        let read = self.news.read(followed.id, followed.read).await;
        let news = read.unwrap_or_default();
        followed.read = news.last().map(|(id, _)| *id).or(followed.read);
        let mut tell = followed.follower.hear(news, followed.deliver);
        if let Row::Read(story) = row {
            tell.extend(followed.follower.see(story));
        }
        tell
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::fakes::{FakeNewsBoard, FakeStories};
    use crate::domain::fixtures;
    use crate::domain::story::{News, StoryStatus};

    #[tokio::test]
    async fn news_and_row_together_tell_everything_once() {
        let stories = Arc::new(FakeStories::default());
        let news = Arc::new(FakeNewsBoard::default());
        let follow = FollowStory::new(stories.clone(), news.clone());
        let mut story = stories.with(fixtures::story());
        let scene = News::Scene { index: 0 };
        news.post(story.id, std::slice::from_ref(&scene))
            .await
            .unwrap();

        let (mut followed, told) = follow.begin(story.owner, story.id, None).await.unwrap();
        assert_eq!(told.len(), 1);
        let here = told[0].0;
        assert!(follow.listen(&mut followed).await.is_empty());

        story.status = StoryStatus::Delivered;
        stories.with(story.clone());
        news.post(story.id, &[News::Ready]).await.unwrap();
        let told = follow.look(&mut followed).await;
        let told: Vec<_> = told.into_iter().map(|(_, news)| news).collect();
        assert_eq!(told, [News::Ready, News::Delivered]);
        assert!(followed.is_over());

        let (_, rest) = follow.begin(story.owner, story.id, here).await.unwrap();
        assert_eq!(rest.len(), 2, "the scene was told before");
        let stranger = UserId(uuid::Uuid::from_u128(9));
        let refused = follow.begin(stranger, story.id, None).await;
        assert!(matches!(refused, Err(GetStoryError::NotFound)));
    }
}
