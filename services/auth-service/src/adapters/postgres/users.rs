use async_trait::async_trait;
use kernel::{EmailAddress, UserId};
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::corrupt;
use crate::application::ports::{Credentials, Unavailable, Users};
use crate::domain::{DisplayName, Locale, PasswordHash, Timezone, User};

/// Users in PostgreSQL.
pub struct PgUsers {
    pool: PgPool,
}

/// What a user is made of, wherever one is read.
struct Row {
    id: Uuid,
    email_display: String,
    display_name: Option<String>,
    locale: String,
    timezone: String,
    created_at: OffsetDateTime,
    version: i32,
}

impl PgUsers {
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl Users for PgUsers {
    async fn credentials(&self, email: &EmailAddress) -> Result<Option<Credentials>, Unavailable> {
        let row = sqlx::query!(
            r#"select id, password_hash, status = 'active' as "active!"
               from users where email_canonical = $1"#,
            email.canonical(),
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| Credentials {
            user: UserId(row.id),
            password: row.password_hash.map(PasswordHash),
            active: row.active,
        }))
    }

    async fn rehash(
        &self,
        id: UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<(), Unavailable> {
        sqlx::query!(
            "update users set password_hash = $3 where id = $1 and password_hash = $2",
            id.0,
            old.0,
            new.0,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, Unavailable> {
        let row = sqlx::query_as!(
            Row,
            "select id, email_display, display_name, locale, timezone, created_at, version
             from users where id = $1 and status = 'active'",
            id.0,
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(User::try_from).transpose()
    }

    async fn save(&self, user: &User, at: OffsetDateTime) -> Result<bool, Unavailable> {
        let saved = sqlx::query!(
            "update users set
                 display_name = $2, locale = $3, timezone = $4, version = $5, updated_at = $6
             where id = $1 and version = $5 - 1 and status = 'active'",
            user.id.0,
            user.display_name.as_ref().map(DisplayName::as_str),
            user.locale.as_str(),
            user.timezone.as_str(),
            user.version,
            at,
        )
        .execute(&self.pool)
        .await?;
        Ok(saved.rows_affected() == 1)
    }

    async fn reachable(&self, id: UserId) -> Result<Option<User>, Unavailable> {
        let row = sqlx::query_as!(
            Row,
            "select id, email_display, display_name, locale, timezone, created_at, version
             from users where id = $1 and deleted_at is null",
            id.0,
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(User::try_from).transpose()
    }
}

impl TryFrom<Row> for User {
    type Error = Unavailable;

    fn try_from(row: Row) -> Result<Self, Unavailable> {
        let name = row.display_name.as_deref().map(DisplayName::parse);
        Ok(Self {
            id: UserId(row.id),
            email: EmailAddress::parse(&row.email_display).map_err(corrupt)?,
            display_name: name.transpose().map_err(corrupt)?,
            // 0.1.0 took some that are none.
            locale: Locale::parse(&row.locale).unwrap_or_default(),
            timezone: Timezone::parse(&row.timezone).unwrap_or_default(),
            created_at: row.created_at,
            version: row.version,
        })
    }
}
