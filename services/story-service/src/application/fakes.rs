//! In-memory ports for use-case tests. Adapters are tested for real elsewhere.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use kernel::{Fence, StoryId, UserId};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::ports::*;
use super::promises;
use crate::domain::story::{
    News, NewsId, Preferences, RowVersion, Story, StoryStatus, StoryText, Summary, WrittenStory,
};

/// Stories and the desk, over one table.
#[derive(Default)]
pub struct FakeStories(Mutex<State>);

#[derive(Default)]
struct State {
    stories: BTreeMap<Uuid, Story>,
    texts: HashMap<StoryId, WrittenStory>,
    deleted: HashSet<(UserId, StoryId)>,
    keys: HashMap<(UserId, String), ([u8; 32], Answered)>,
    requests: HashMap<UserId, u32>,
    claims: i64,
    running: Option<i64>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FakeStories {
    pub fn with(&self, story: Story) -> Story {
        lock(&self.0).stories.insert(story.id.0, story.clone());
        story
    }

    pub fn get(&self, id: StoryId) -> Story {
        lock(&self.0).stories[&id.0].clone()
    }

    /// Gives the one job to a worker; earlier claims no longer count.
    pub fn claim(&self) -> Fence {
        let mut state = lock(&self.0);
        state.claims += 1;
        state.running = Some(state.claims);
        Fence::new(Uuid::nil(), state.claims)
    }

    fn finish(state: &mut State, fence: &Fence) -> Result<(), SaveError> {
        if state.running != Some(fence.number()) {
            return Err(SaveError::Superseded);
        }
        state.running = None;
        Ok(())
    }
}

impl State {
    fn answered(&self, owner: UserId, once: &Once) -> Result<Option<Answered>, RequestError> {
        match self.keys.get(&(owner, once.key.clone())) {
            Some((fingerprint, _)) if *fingerprint != once.fingerprint => {
                Err(RequestError::KeyReused)
            }
            Some((_, answered)) => Ok(Some(answered.clone())),
            None => Ok(None),
        }
    }

    fn owned(&mut self, owner: UserId, id: StoryId) -> Option<&mut Story> {
        let story = self.stories.get_mut(&id.0);
        story.filter(|story| story.owner == owner)
    }

    fn text(&self, id: StoryId) -> Option<StoryText> {
        self.texts.get(&id).map(|written| StoryText {
            title: written.title.clone(),
            teaser: written.teaser.clone(),
            paragraphs: written.scenes.concat(),
            language: self.stories[&id.0].request.language,
        })
    }
}

fn is_open(story: &Story) -> bool {
    matches!(story.status, StoryStatus::Queued | StoryStatus::Generating)
}

#[async_trait]
impl Stories for FakeStories {
    async fn replay(&self, owner: UserId, once: &Once) -> Result<Option<Answered>, RequestError> {
        lock(&self.0).answered(owner, once)
    }

    async fn request(&self, new: NewStory) -> Result<Requested, RequestError> {
        let mut state = lock(&self.0);
        if let Some(once) = &new.once
            && let Some(answered) = state.answered(new.owner, once)?
        {
            return Ok(Requested::Before(answered));
        }
        let requests = state.requests.entry(new.owner).or_default();
        if new.daily_limit.is_some_and(|limit| *requests >= limit) {
            return Err(RequestError::QuotaExceeded { retry_after: 60 });
        }
        *requests += 1;
        let count = i64::try_from(state.stories.len()).unwrap();
        let story = Story {
            id: new.id,
            owner: new.owner,
            request: new.request,
            deliver: new.deliver,
            created_at: OffsetDateTime::UNIX_EPOCH + Duration::seconds(count),
            ..crate::domain::fixtures::story()
        };
        if let Some(once) = new.once {
            let answered = Answered {
                id: story.id,
                body: (once.answer)(&story),
            };
            state
                .keys
                .insert((new.owner, once.key), (once.fingerprint, answered));
        }
        state.stories.insert(story.id.0, story.clone());
        Ok(Requested::New(Box::new(story)))
    }

    async fn find(&self, owner: UserId, id: StoryId) -> Result<Option<Story>, Unavailable> {
        Ok(lock(&self.0).owned(owner, id).cloned())
    }

    async fn list(&self, owner: UserId, page: &Page) -> Result<Vec<Story>, Unavailable> {
        let state = lock(&self.0);
        let place = |story: &Story| (story.created_at, story.id.0);
        let mut found: Vec<_> = state
            .stories
            .values()
            .filter(|it| it.owner == owner)
            .collect();
        found.retain(|story| page.status.is_none_or(|status| status == story.status));
        found.retain(|story| {
            page.after
                .is_none_or(|it| place(story) < (it.created_at, it.id.0))
        });
        found.sort_by_key(|story| std::cmp::Reverse(place(story)));
        Ok(found.into_iter().take(page.limit.into()).cloned().collect())
    }

    async fn text(&self, owner: UserId, id: StoryId) -> Result<Readable, Unavailable> {
        let mut state = lock(&self.0);
        if state.owned(owner, id).is_none() {
            return Ok(Readable::Missing);
        }
        Ok(state.text(id).map_or(Readable::NotReady, Readable::Ready))
    }

    async fn cancel(&self, owner: UserId, id: StoryId) -> Result<Option<Cancelled>, Unavailable> {
        let mut state = lock(&self.0);
        let Some(story) = state.owned(owner, id) else {
            return Ok(None);
        };
        if !is_open(story) {
            return Ok(Some(Cancelled::TooLate));
        }
        story.status = StoryStatus::Cancelled;
        Ok(Some(Cancelled::Now(Box::new(story.clone()))))
    }

    async fn delete(&self, owner: UserId, id: StoryId) -> Result<Deleted, Unavailable> {
        let mut state = lock(&self.0);
        if state.owned(owner, id).is_some() {
            state.stories.remove(&id.0);
            state.deleted.insert((owner, id));
            return Ok(Deleted::Now);
        }
        let before = state.deleted.contains(&(owner, id));
        Ok(if before {
            Deleted::Before
        } else {
            Deleted::Never
        })
    }
}

#[async_trait]
impl Desk for FakeStories {
    async fn begin(&self, id: StoryId) -> Result<Option<Story>, Unavailable> {
        let mut state = lock(&self.0);
        let story = state.stories.get_mut(&id.0).filter(|story| is_open(story));
        Ok(story.map(|story| {
            story.status = StoryStatus::Generating;
            story.clone()
        }))
    }

    async fn save_written(
        &self,
        fence: &Fence,
        written: &WrittenStory,
    ) -> Result<Saved, SaveError> {
        let mut state = lock(&self.0);
        Self::finish(&mut state, fence)?;
        let story = state.stories.get_mut(&written.id.0);
        let Some(story) = story.filter(|it| it.status == StoryStatus::Generating) else {
            return Ok(Saved::Unwanted);
        };
        story.status = StoryStatus::Ready;
        story.ready_at = Some(OffsetDateTime::UNIX_EPOCH);
        story.summary = Some(Summary {
            title: written.title.clone(),
            teaser: written.teaser.clone(),
            word_count: written.word_count,
            reading_grade: written.reading_grade,
            writer: written.writer,
        });
        state.texts.insert(written.id, written.clone());
        Ok(Saved::Kept)
    }

    async fn close(&self, fence: &Fence) -> Result<(), SaveError> {
        Self::finish(&mut lock(&self.0), fence)
    }

    async fn for_mail(&self, id: StoryId) -> Result<Option<ReaderAndText>, Unavailable> {
        let state = lock(&self.0);
        let story = state.stories.get(&id.0);
        Ok(story.map(|story| (story.owner, state.text(id))))
    }

    async fn report(&self, report: &MailReport) -> Result<bool, Unavailable> {
        let mut state = lock(&self.0);
        let story = state.stories.get_mut(&report.story.0);
        let Some(story) = story.filter(|it| it.status == StoryStatus::Ready) else {
            return Ok(false);
        };
        if report.sent {
            story.status = StoryStatus::Delivered;
            story.delivered_at = Some(OffsetDateTime::UNIX_EPOCH);
            return Ok(true);
        }
        Ok(!std::mem::replace(&mut story.mail_failed, true))
    }
}

#[derive(Default)]
pub struct FakePreferenceBook(Mutex<HashMap<UserId, KeptPreferences>>);

#[async_trait]
impl PreferenceBook for FakePreferenceBook {
    async fn find(&self, owner: UserId) -> Result<Option<KeptPreferences>, Unavailable> {
        Ok(lock(&self.0).get(&owner).cloned())
    }

    async fn create(
        &self,
        owner: UserId,
        preferences: &Preferences,
    ) -> Result<Option<KeptPreferences>, Unavailable> {
        let mut book = lock(&self.0);
        if book.contains_key(&owner) {
            return Ok(None);
        }
        let kept = KeptPreferences {
            preferences: preferences.clone(),
            version: RowVersion(1),
        };
        book.insert(owner, kept.clone());
        Ok(Some(kept))
    }

    async fn replace(
        &self,
        owner: UserId,
        version: Option<RowVersion>,
        preferences: &Preferences,
    ) -> Result<Option<KeptPreferences>, Unavailable> {
        let mut book = lock(&self.0);
        let kept = book.get_mut(&owner);
        let kept = kept.filter(|it| version.is_none_or(|version| version == it.version));
        Ok(kept.map(|kept| {
            kept.preferences = preferences.clone();
            kept.version = RowVersion(kept.version.0 + 1);
            kept.clone()
        }))
    }
}

#[derive(Default)]
pub struct FakeNewsBoard(Mutex<HashMap<StoryId, Vec<(NewsId, News)>>>);

impl FakeNewsBoard {
    pub fn of(&self, story: StoryId) -> Vec<News> {
        let board = lock(&self.0);
        let news = board.get(&story).into_iter().flatten();
        news.map(|(_, news)| news.clone()).collect()
    }
}

#[async_trait]
impl NewsBoard for FakeNewsBoard {
    async fn post(&self, story: StoryId, news: &[News]) -> Result<(), Unavailable> {
        let mut board = lock(&self.0);
        let posted = board.entry(story).or_default();
        for piece in news {
            let id = NewsId::parse(&format!("1-{}", posted.len())).unwrap();
            posted.push((id, piece.clone()));
        }
        Ok(())
    }

    async fn read(
        &self,
        story: StoryId,
        after: Option<NewsId>,
    ) -> Result<Vec<(NewsId, News)>, Unavailable> {
        let board = lock(&self.0);
        let news = board.get(&story).into_iter().flatten();
        let later = news.filter(|(id, _)| after.is_none_or(|after| *id > after));
        Ok(later.cloned().collect())
    }
}

#[tokio::test]
async fn stories_keep_their_promises() {
    let fake = FakeStories::default;
    promises::a_story_is_its_readers_alone(&fake()).await;
    promises::a_key_counts_once(&fake()).await;
    promises::a_reader_has_a_daily_limit(&fake()).await;
    promises::the_list_goes_on_where_it_ended(&fake()).await;
    let both = fake();
    promises::a_story_is_deleted_for_good(&both, &both).await;
}

#[tokio::test]
async fn the_desk_keeps_its_promises() {
    let desk = FakeStories::default();
    promises::only_the_newest_claim_saves(&desk, &desk, async || desk.claim()).await;
    let desk = FakeStories::default();
    promises::a_cancelled_story_keeps_no_text(&desk, &desk, async || desk.claim()).await;
    let desk = FakeStories::default();
    promises::a_mail_makes_a_story_delivered(&desk, &desk, async || desk.claim()).await;
}

#[tokio::test]
async fn the_book_keeps_its_promises() {
    promises::preferences_have_versions(&FakePreferenceBook::default()).await;
}

#[tokio::test]
async fn the_board_keeps_its_promises() {
    promises::news_come_in_order(&FakeNewsBoard::default()).await;
}
