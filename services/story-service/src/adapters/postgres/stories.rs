use async_trait::async_trait;
use jobs::{Job, Wake};
use kernel::{StoryId, UserId};
use sqlx::types::Json;
use sqlx::{PgExecutor, PgPool, PgTransaction};
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

use super::documents::RequestDocument;
use super::row::{StoryRow, Unreadable};
use super::{WRITE_STORY, once};
use crate::application::ports::{
    Answered, Cancelled, Deleted, NewStory, Once, Page, Position, Readable, ReaderAndText,
    RequestError, Requested, Stories, Unavailable,
};
use crate::domain::story::{RowVersion, Story, StoryStatus, StoryText};
use crate::domain::wish::Language;

/// Before every story in the list.
const START: Position = Position {
    created_at: datetime!(9999-12-31 0:00 UTC),
    id: StoryId(Uuid::max()),
};

pub struct PgStories {
    pool: PgPool,
    wake: Wake,
}

impl PgStories {
    /// `wake` is the relay's of the same process.
    pub fn new(pool: PgPool, wake: Wake) -> Self {
        Self { pool, wake }
    }

    async fn tombstone(&self, owner: UserId, id: StoryId) -> Result<bool, Unavailable> {
        let found = sqlx::query_scalar!(
            r#"select exists (select from deleted_stories where id = $1 and owner_id = $2) as "it!""#,
            id.0,
            owner.0,
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(found)
    }
}

#[async_trait]
impl Stories for PgStories {
    async fn replay(&self, owner: UserId, once: &Once) -> Result<Option<Answered>, RequestError> {
        once::answered(&self.pool, owner, once).await
    }

    async fn request(&self, new: NewStory) -> Result<Requested, RequestError> {
        let mut tx = self.pool.begin().await?;
        if let Some(once) = &new.once
            && let Some(answered) = once::claim(&mut tx, new.owner, new.id, once).await?
        {
            return Ok(Requested::Before(answered));
        }
        if let Some(limit) = new.daily_limit {
            once::count(&mut tx, new.owner, limit).await?;
        }
        let job = Job {
            kind: WRITE_STORY,
            key: new.id.0,
            tenant: new.owner.0,
        };
        let created_at = insert(&mut tx, &new).await?;
        jobs::enqueue(&mut tx, &job).await?;
        let owner = new.owner;
        let (story, once) = begun(new, created_at);
        if let Some(once) = once {
            let answer = (once.answer)(&story);
            once::keep_answer(&mut tx, owner, &once.key, &answer).await?;
        }
        tx.commit().await?;
        self.wake.wake();
        Ok(Requested::New(Box::new(story)))
    }

    async fn find(&self, owner: UserId, id: StoryId) -> Result<Option<Story>, Unavailable> {
        let found = find(&self.pool, id).await?;
        Ok(found.filter(|story| story.owner == owner))
    }

    async fn list(&self, owner: UserId, page: &Page) -> Result<Vec<Story>, Unavailable> {
        let after = page.after.unwrap_or(START);
        let rows = sqlx::query_as!(
            StoryRow,
            r#"select id, owner_id, status, request as "request: Json<RequestDocument>", deliver,
                      title, teaser, word_count, reading_grade, writer, row_version, created_at,
                      ready_at, delivered_at, mail_failed, error_code
               from stories
               where owner_id = $1 and (created_at, id) < ($2, $3)
                 and ($4::text is null or status = $4)
               order by created_at desc, id desc
               limit $5"#,
            owner.0,
            after.created_at,
            after.id.0,
            page.status.map(StoryStatus::as_str),
            i64::from(page.limit),
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Story::try_from).collect()
    }

    async fn text(&self, owner: UserId, id: StoryId) -> Result<Readable, Unavailable> {
        let found = text(&self.pool, id).await?;
        Ok(match found.filter(|(reader, _)| *reader == owner) {
            None => Readable::Missing,
            Some((_, None)) => Readable::NotReady,
            Some((_, Some(text))) => Readable::Ready(text),
        })
    }

    async fn cancel(&self, owner: UserId, id: StoryId) -> Result<Option<Cancelled>, Unavailable> {
        let mut tx = self.pool.begin().await?;
        // The job is locked before the story, here as everywhere.
        jobs::cancel(&mut tx, WRITE_STORY, id.0).await?;
        let cancelled = sqlx::query!(
            "update stories set status = 'cancelled', row_version = row_version + 1
             where id = $1 and owner_id = $2 and status in ('queued', 'generating')",
            id.0,
            owner.0,
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if cancelled == 0 {
            tx.rollback().await?;
            let found = self.find(owner, id).await?;
            return Ok(found.map(|_| Cancelled::TooLate));
        }
        let story = find(&mut *tx, id).await?;
        tx.commit().await?;
        Ok(story.map(|story| Cancelled::Now(Box::new(story))))
    }

    async fn delete(&self, owner: UserId, id: StoryId) -> Result<Deleted, Unavailable> {
        let mut tx = self.pool.begin().await?;
        jobs::cancel(&mut tx, WRITE_STORY, id.0).await?;
        let deleted = sqlx::query!(
            "delete from stories where id = $1 and owner_id = $2",
            id.0,
            owner.0,
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if deleted == 0 {
            tx.rollback().await?;
            let before = self.tombstone(owner, id).await?;
            return Ok(if before {
                Deleted::Before
            } else {
                Deleted::Never
            });
        }
        sqlx::query!(
            "insert into deleted_stories (id, owner_id) values ($1, $2)",
            id.0,
            owner.0,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Deleted::Now)
    }
}

async fn insert(tx: &mut PgTransaction<'_>, new: &NewStory) -> Result<OffsetDateTime, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into stories (id, owner_id, request, deliver) values ($1, $2, $3, $4)
         returning created_at",
        new.id.0,
        new.owner.0,
        Json(RequestDocument::from(&new.request)) as _,
        new.deliver,
    )
    .fetch_one(&mut **tx)
    .await
}

fn begun(new: NewStory, created_at: OffsetDateTime) -> (Story, Option<Once>) {
    let story = Story {
        id: new.id,
        owner: new.owner,
        request: new.request,
        deliver: new.deliver,
        status: StoryStatus::Queued,
        summary: None,
        created_at,
        ready_at: None,
        delivered_at: None,
        mail_failed: false,
        failure: None,
        row_version: RowVersion(1),
    };
    (story, new.once)
}

/// The story, whoever's it is.
pub(super) async fn find(
    executor: impl PgExecutor<'_>,
    id: StoryId,
) -> Result<Option<Story>, Unavailable> {
    let row = sqlx::query_as!(
        StoryRow,
        r#"select id, owner_id, status, request as "request: Json<RequestDocument>", deliver,
                  title, teaser, word_count, reading_grade, writer, row_version, created_at,
                  ready_at, delivered_at, mail_failed, error_code
           from stories where id = $1"#,
        id.0,
    )
    .fetch_optional(executor)
    .await?;
    row.map(Story::try_from).transpose()
}

/// The story's reader and, once it is written, its text.
pub(super) async fn text(
    executor: impl PgExecutor<'_>,
    id: StoryId,
) -> Result<Option<ReaderAndText>, Unavailable> {
    let row = sqlx::query!(
        r#"select owner_id, title, teaser, request->>'language' as "language!",
                  scenes as "scenes: Json<Vec<Vec<String>>>"
           from stories where id = $1"#,
        id.0,
    )
    .fetch_optional(executor)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let owner = UserId(row.owner_id);
    let (Some(title), Some(teaser), Some(scenes)) = (row.title, row.teaser, row.scenes) else {
        return Ok(Some((owner, None)));
    };
    let language = Language::parse(&row.language).map_err(|_| Unreadable("language"))?;
    let text = StoryText {
        title,
        teaser,
        paragraphs: scenes.0.into_iter().flatten().collect(),
        language,
    };
    Ok(Some((owner, Some(text))))
}
