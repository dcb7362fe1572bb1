//! Requests that come twice count once, and readers have a daily limit: parts of the
//! transaction that keeps a new story.

use kernel::{StoryId, UserId};
use sqlx::error::DatabaseError;
use sqlx::{PgExecutor, PgTransaction};

use crate::application::ports::{Answered, Once, RequestError};

/// `lock_not_available`: another request of the same key took longer than we wait.
const LOCK_TIMEOUT: &str = "55P03";

/// What was answered to the key within the last day.
pub(super) async fn answered(
    executor: impl PgExecutor<'_>,
    owner: UserId,
    once: &Once,
) -> Result<Option<Answered>, RequestError> {
    let row = sqlx::query!(
        "select fingerprint, story_id, answer from idempotency_keys
         where owner_id = $1 and key = $2 and created_at > now() - interval '24 hours'",
        owner.0,
        once.key,
    )
    .fetch_optional(executor)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    if row.fingerprint != once.fingerprint {
        return Err(RequestError::KeyReused);
    }
    Ok(row.answer.map(|body| Answered {
        id: StoryId(row.story_id),
        body,
    }))
}

/// Takes the key for a new story, or answers what was answered before. Waits up to two
/// seconds for a request of the same key that is under way.
pub(super) async fn claim(
    tx: &mut PgTransaction<'_>,
    owner: UserId,
    story: StoryId,
    once: &Once,
) -> Result<Option<Answered>, RequestError> {
    sqlx::query!("set local lock_timeout = '2s'")
        .execute(&mut **tx)
        .await?;
    let claimed = sqlx::query!(
        "insert into idempotency_keys as old (owner_id, key, fingerprint, story_id)
         values ($1, $2, $3, $4)
         on conflict (owner_id, key) do update
         set fingerprint = excluded.fingerprint, story_id = excluded.story_id, answer = null,
             created_at = now()
         where old.created_at <= now() - interval '24 hours'",
        owner.0,
        once.key,
        once.fingerprint.as_slice(),
        story.0,
    )
    .execute(&mut **tx)
    .await
    .map_err(or_still_running)?
    .rows_affected();
    if claimed == 1 {
        return Ok(None);
    }
    let answered = answered(&mut **tx, owner, once).await?;
    answered.map(Some).ok_or(RequestError::StillRunning)
}

/// Keeps the answer with the key.
pub(super) async fn keep_answer(
    tx: &mut PgTransaction<'_>,
    owner: UserId,
    key: &str,
    answer: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update idempotency_keys set answer = $3 where owner_id = $1 and key = $2",
        owner.0,
        key,
        answer,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Counts one more story of today, if the reader may have one.
pub(super) async fn count(
    tx: &mut PgTransaction<'_>,
    owner: UserId,
    limit: u32,
) -> Result<(), RequestError> {
    let counted = sqlx::query!(
        "insert into daily_requests as today (owner_id, day, stories)
         values ($1, (now() at time zone 'utc')::date, 1)
         on conflict (owner_id, day) do update set stories = today.stories + 1
         where today.stories < $2",
        owner.0,
        i32::try_from(limit).unwrap_or(i32::MAX),
    )
    .execute(&mut **tx)
    .await?
    .rows_affected();
    if counted == 1 {
        return Ok(());
    }
    let seconds = sqlx::query_scalar!(
        r#"select ceil(extract(epoch from
               date_trunc('day', now(), 'utc') + interval '1 day' - now()))::int as "seconds!""#,
    )
    .fetch_one(&mut **tx)
    .await?;
    Err(RequestError::QuotaExceeded {
        retry_after: seconds.max(1).cast_unsigned(),
    })
}

fn or_still_running(error: sqlx::Error) -> RequestError {
    let code = error.as_database_error().and_then(DatabaseError::code);
    match code.as_deref() {
        Some(LOCK_TIMEOUT) => RequestError::StillRunning,
        _ => error.into(),
    }
}
