use async_trait::async_trait;
use kernel::UserId;
use sqlx::PgPool;
use sqlx::types::Json;

use super::documents::PreferencesDocument;
use crate::application::ports::{KeptPreferences, PreferenceBook, Unavailable};
use crate::domain::story::{Preferences, RowVersion};

pub struct PgPreferenceBook {
    pool: PgPool,
}

impl PgPreferenceBook {
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

fn kept(preferences: &Preferences, version: i32) -> KeptPreferences {
    KeptPreferences {
        preferences: preferences.clone(),
        version: RowVersion(version),
    }
}

#[async_trait]
impl PreferenceBook for PgPreferenceBook {
    async fn find(&self, owner: UserId) -> Result<Option<KeptPreferences>, Unavailable> {
        let row = sqlx::query!(
            r#"select preferences as "preferences: Json<PreferencesDocument>", row_version
               from preferences where owner_id = $1"#,
            owner.0,
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let preferences = Preferences::try_from(row.preferences.0);
        let preferences = preferences.map_err(|cause| Unavailable(cause.into()))?;
        Ok(Some(kept(&preferences, row.row_version)))
    }

    async fn create(
        &self,
        owner: UserId,
        preferences: &Preferences,
    ) -> Result<Option<KeptPreferences>, Unavailable> {
        let version = sqlx::query_scalar!(
            "insert into preferences (owner_id, preferences) values ($1, $2)
             on conflict (owner_id) do nothing returning row_version",
            owner.0,
            Json(PreferencesDocument::from(preferences)) as _,
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(version.map(|version| kept(preferences, version)))
    }

    async fn replace(
        &self,
        owner: UserId,
        version: Option<RowVersion>,
        preferences: &Preferences,
    ) -> Result<Option<KeptPreferences>, Unavailable> {
        let version = sqlx::query_scalar!(
            "update preferences
             set preferences = $3, row_version = row_version + 1, updated_at = now()
             where owner_id = $1 and ($2::int is null or row_version = $2)
             returning row_version",
            owner.0,
            version.map(|version| version.0),
            Json(PreferencesDocument::from(preferences)) as _,
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(version.map(|version| kept(preferences, version)))
    }
}
