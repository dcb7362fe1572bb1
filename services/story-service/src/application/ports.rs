//! What the use cases need from outside, in their own words.

use async_trait::async_trait;
use kernel::{Coded, DeliveryId, ErrorKind, Fence, StoryId, UserId};
use time::OffsetDateTime;

use crate::domain::story::{
    News, NewsId, Preferences, RowVersion, Story, StoryStatus, StoryText, WrittenStory,
};
use crate::domain::storyteller;
use crate::domain::wish::StoryRequest;

/// Keeps stories for their readers, with the jobs that write them. One method is one transaction.
#[async_trait]
pub trait Stories: Send + Sync {
    /// What was answered when this request came before, if it did.
    async fn replay(&self, owner: UserId, once: &Once) -> Result<Option<Answered>, RequestError>;

    /// Keeps a new story and queues the job that writes it; or answers as before.
    async fn request(&self, story: NewStory) -> Result<Requested, RequestError>;

    /// The story, if it is this reader's.
    async fn find(&self, owner: UserId, id: StoryId) -> Result<Option<Story>, Unavailable>;

    /// The reader's stories, newest first.
    async fn list(&self, owner: UserId, page: &Page) -> Result<Vec<Story>, Unavailable>;

    /// The text, if the story is this reader's.
    async fn text(&self, owner: UserId, id: StoryId) -> Result<Readable, Unavailable>;

    /// Ends a story that is not written yet, and its job. None: nothing of the reader's.
    async fn cancel(&self, owner: UserId, id: StoryId) -> Result<Option<Cancelled>, Unavailable>;

    /// Removes the story and ends its job. Whether it is gone now, or was before.
    async fn delete(&self, owner: UserId, id: StoryId) -> Result<Deleted, Unavailable>;
}

/// Keeps stories for those who write and mail them. One method is one transaction.
#[async_trait]
pub trait Desk: Send + Sync {
    /// Marks the story as being written. None: nobody wants it any more.
    async fn begin(&self, id: StoryId) -> Result<Option<Story>, Unavailable>;

    /// Keeps the text, asks for the mail if one is wanted, and finishes the job; only the
    /// latter if nobody wants the story any more, and nothing if the fence is outdated.
    async fn save_written(&self, fence: &Fence, story: &WrittenStory) -> Result<Saved, SaveError>;

    /// Finishes the job of a story that nobody wants any more.
    async fn close(&self, fence: &Fence) -> Result<(), SaveError>;

    /// The story's reader and, once it is written, its text; none if there is no such story.
    async fn for_mail(&self, id: StoryId) -> Result<Option<ReaderAndText>, Unavailable>;

    /// Notes what became of the story's mail. Whether that changed the story.
    async fn report(&self, report: &MailReport) -> Result<bool, Unavailable>;
}

/// A story's reader and, once it is written, its text.
pub type ReaderAndText = (UserId, Option<StoryText>);

/// What was answered to an earlier request of the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub id: StoryId,
    pub body: Vec<u8>,
}

/// How a story is answered.
pub type Answer = fn(&Story) -> Vec<u8>;

/// Makes a request that comes twice count once.
pub struct Once {
    /// The reader's own name for the request.
    pub key: String,
    /// Tells requests apart that carry the same key.
    pub fingerprint: [u8; 32],
    /// How the new story is answered, so that it can be answered again.
    pub answer: Answer,
}

/// A story to be kept.
pub struct NewStory {
    pub id: StoryId,
    pub owner: UserId,
    pub request: StoryRequest,
    pub deliver: bool,
    /// How many stories the reader may ask for in a day.
    pub daily_limit: Option<u32>,
    pub once: Option<Once>,
}

/// What became of a request.
#[derive(Debug)]
pub enum Requested {
    New(Box<Story>),
    Before(Answered),
}

/// Why no story was kept.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    #[error("this key came with a different request before")]
    KeyReused,
    #[error("a request with this key is being worked on")]
    StillRunning,
    #[error("no more stories today")]
    QuotaExceeded { retry_after: u32 },
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// A part of a reader's stories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    pub status: Option<StoryStatus>,
    pub limit: u8,
    /// Only stories older than this one.
    pub after: Option<Position>,
}

/// Where a story stands in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub created_at: OffsetDateTime,
    pub id: StoryId,
}

/// A story as far as it can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readable {
    /// There is no such story.
    Missing,
    /// It is not written.
    NotReady,
    Ready(StoryText),
}

/// What became of the wish to cancel.
#[derive(Debug)]
pub enum Cancelled {
    Now(Box<Story>),
    /// It is written, failed or cancelled already.
    TooLate,
}

/// What became of the wish to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    Now,
    Before,
    /// Nothing of the reader's has this id.
    Never,
}

/// What was kept of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    Kept,
    /// Nobody wants the story any more.
    Unwanted,
}

/// What became of a story's mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailReport {
    pub delivery: DeliveryId,
    pub story: StoryId,
    pub sent: bool,
}

/// Keeps what readers like, with a version each.
#[async_trait]
pub trait PreferenceBook: Send + Sync {
    /// What the reader likes, if that was ever said.
    async fn find(&self, owner: UserId) -> Result<Option<KeptPreferences>, Unavailable>;

    /// Keeps the first ones. None: there are some already.
    async fn create(
        &self,
        owner: UserId,
        preferences: &Preferences,
    ) -> Result<Option<KeptPreferences>, Unavailable>;

    /// Replaces those of this version, or of any. None: there are none of it.
    async fn replace(
        &self,
        owner: UserId,
        version: Option<RowVersion>,
        preferences: &Preferences,
    ) -> Result<Option<KeptPreferences>, Unavailable>;
}

/// Preferences as they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPreferences {
    pub preferences: Preferences,
    pub version: RowVersion,
}

/// Passes on what happens to a story while it is written. A convenience: it may be lost.
#[async_trait]
pub trait NewsBoard: Send + Sync {
    /// Puts news up, in this order.
    async fn post(&self, story: StoryId, news: &[News]) -> Result<(), Unavailable>;

    /// The news after a point, or all of them, oldest first.
    async fn read(
        &self,
        story: StoryId,
        after: Option<NewsId>,
    ) -> Result<Vec<(NewsId, News)>, Unavailable>;
}

/// Knows the mails of a story.
#[async_trait]
pub trait Deliveries: Send + Sync {
    /// The mails, oldest first.
    async fn list(&self, story: StoryId) -> Result<Vec<Delivery>, Unavailable>;
}

/// One mail to one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    /// Masked; empty until it was looked up.
    pub to: String,
    pub status: DeliveryStatus,
    pub attempts: u32,
    pub sent_at: Option<OffsetDateTime>,
    pub message_id: String,
}

/// How far a mail has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryStatus {
    Queued,
    Sending,
    Sent,
    Failed,
}

impl DeliveryStatus {
    /// The word that stands for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

/// Writes stories.
#[async_trait]
pub trait StoryWriter: Send + Sync {
    /// Writes the story of a wish and tells it to `sink` as it goes. Ends soon after
    /// `cancel` says so.
    async fn write(
        &self,
        request: &StoryRequest,
        sink: &mut dyn TextSink,
        cancel: &dyn Cancel,
    ) -> Result<Draft, WriterError>;
}

/// Hears a story while it is written.
#[async_trait]
pub trait TextSink: Send {
    /// What comes next. Never fails: nobody may be listening.
    async fn tell(&mut self, news: Vec<News>);
}

/// Says whether work is to stop.
#[async_trait]
pub trait Cancel: Send + Sync {
    /// Whether it is.
    fn is_cancelled(&self) -> bool;

    /// Ends once it is.
    async fn cancelled(&self);
}

/// What a writer hands in.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub plan: storyteller::StoryPlan,
    /// The paragraphs, scene by scene.
    pub scenes: Vec<Vec<String>>,
    pub word_count: u32,
    pub reading_grade: f32,
    pub writer: crate::domain::story::Writer,
}

/// Why a writer handed nothing in.
#[derive(Debug, thiserror::Error)]
pub enum WriterError {
    #[error(transparent)]
    Untold(#[from] storyteller::Untold),
    #[error("the writing was stopped")]
    Cancelled,
}

/// A port could not do its work; the cause goes to the log, not to the caller.
#[derive(Debug, thiserror::Error)]
#[error("this cannot be done at the moment")]
pub struct Unavailable(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl Coded for Unavailable {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }

    fn code(&self) -> &'static str {
        "temporarily-unavailable"
    }
}

/// Why the effect of a job was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    #[error("superseded by a newer claim of the job")]
    Superseded,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
