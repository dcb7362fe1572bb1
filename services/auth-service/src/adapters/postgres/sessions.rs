use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use jobs::Wake;
use kernel::{Ids, SessionId, UserId};
use sqlx::{PgPool, PgTransaction};
use time::OffsetDateTime;

use super::{corrupt, fixed, mails};
use crate::application::ports::{Ending, Rotation, Sessions, Unavailable};
use crate::domain::{DisplayName, Mail, NewSession, Seed, Session, TokenHash};

/// Sessions in PostgreSQL; their mails go through the outbox.
pub struct PgSessions {
    pool: PgPool,
    wake: Wake,
    ids: Arc<dyn Ids>,
}

impl PgSessions {
    /// Waking `wake` after a commit sends the mails at once.
    pub fn new(pool: PgPool, wake: Wake, ids: Arc<dyn Ids>) -> Self {
        Self { pool, wake, ids }
    }
}

/// Keeps a new session of a user whose row the transaction holds.
pub(super) async fn insert(
    tx: &mut PgTransaction<'_>,
    user: UserId,
    new: &NewSession,
) -> Result<(), sqlx::Error> {
    sqlx::query_file!(
        "queries/open_session.sql",
        new.id.0,
        user.0,
        &new.seed.0,
        i64::from(new.key.0),
        stored(NewSession::FIRST),
        &new.token_hash.0,
        new.at,
        new.expires_at,
        new.device.name.as_ref().map(DisplayName::as_str),
        new.device.user_agent,
        new.device.ip.map(|ip| ip.to_string()),
    )
    .execute(&mut **tx)
    .await?;
    let most = i64::from(new.most);
    sqlx::query_file!("queries/end_surplus_sessions.sql", user.0, most, new.at)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Generations count up from one; none ever reaches the end of the column.
fn stored(generation: u64) -> i64 {
    i64::try_from(generation).unwrap_or(i64::MAX)
}

#[async_trait]
impl Sessions for PgSessions {
    async fn open(&self, user: UserId, new: &NewSession) -> Result<bool, Unavailable> {
        let mut tx = self.pool.begin().await?;
        // Holding the user's row lets one sign-in at a time count the sessions.
        let active = sqlx::query_scalar!(
            "select id from users where id = $1 and status = 'active' for no key update",
            user.0,
        )
        .fetch_optional(&mut *tx)
        .await?;
        if active.is_none() {
            return Ok(false);
        }
        insert(&mut tx, user, new).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn find(&self, id: SessionId) -> Result<Option<Session>, Unavailable> {
        let row = sqlx::query!(
            r#"select user_id, seed, generation, token_hash, s.created_at, rotated_at, expires_at,
                      revoked_at is not null as "revoked!", u.status = 'active' as "user_active!"
               from auth_sessions s join users u on u.id = s.user_id
               where s.id = $1"#,
            id.0,
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(Session {
                id,
                user: UserId(row.user_id),
                seed: Seed(fixed(&row.seed)?),
                generation: u64::try_from(row.generation).map_err(corrupt)?,
                token_hash: TokenHash(fixed(&row.token_hash)?),
                created_at: row.created_at,
                rotated_at: row.rotated_at,
                expires_at: row.expires_at,
                revoked: row.revoked,
                user_active: row.user_active,
            })
        })
        .transpose()
    }

    async fn rotate(&self, rotation: &Rotation) -> Result<bool, Unavailable> {
        let (generation, hash) = rotation.from;
        let (new_hash, key) = rotation.to;
        let rotated = sqlx::query_file!(
            "queries/rotate_session.sql",
            rotation.session.0,
            stored(generation),
            &hash.0,
            &new_hash.0,
            i64::from(key.0),
            rotation.at,
            rotation.expires_at,
            rotation.ip.map(|ip| ip.to_string()),
        )
        .execute(&self.pool)
        .await?;
        Ok(rotated.rows_affected() == 1)
    }

    async fn end_replayed(
        &self,
        id: SessionId,
        ip: Option<IpAddr>,
        at: OffsetDateTime,
    ) -> Result<bool, Unavailable> {
        let mut tx = self.pool.begin().await?;
        let ended = sqlx::query!(
            "update auth_sessions set revoked_at = $2, revoke_reason = 'refresh_reuse'
             where id = $1 and revoked_at is null
             returning user_id, generation",
            id.0,
            at,
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(ended) = ended else {
            return Ok(false);
        };
        sqlx::query!(
            "insert into session_events (session_id, kind, generation, ip, at)
             values ($1, 'refresh_reuse', $2, $3, $4)",
            id.0,
            ended.generation,
            ip.map(|ip| ip.to_string()),
            at,
        )
        .execute(&mut *tx)
        .await?;
        let notice = Mail::SecurityNotice(UserId(ended.user_id));
        mails::queue(&mut tx, self.ids.next(), notice).await?;
        tx.commit().await?;
        self.wake.wake();
        Ok(true)
    }

    async fn end(
        &self,
        user: UserId,
        which: Ending,
        at: OffsetDateTime,
    ) -> Result<u64, Unavailable> {
        let (only, all_but) = match which {
            Ending::This(id) => (Some(id.0), None),
            Ending::Others(id) => (None, Some(id.0)),
            Ending::All => (None, None),
        };
        let ended = sqlx::query_file!("queries/end_sessions.sql", user.0, only, all_but, at)
            .execute(&self.pool)
            .await?;
        Ok(ended.rows_affected())
    }
}
