use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jobs::Wake;
use kernel::{EmailAddress, Ids, UserId};
use sqlx::{PgPool, PgTransaction};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{corrupt, fixed, mails, once, sessions};
use crate::application::ports::{
    Completed, Completion, Once, Opened, Registrations, Renewal, Renewed, Unavailable,
};
use crate::domain::{
    DisplayName, Locale, Mail, NewRegistration, Nonce, Registration, RegistrationId,
};

/// Registrations in PostgreSQL; their mails go through the outbox.
pub struct PgRegistrations {
    pool: PgPool,
    wake: Wake,
    ids: Arc<dyn Ids>,
}

/// What a registration is made of, wherever it is read.
struct Row {
    id: Uuid,
    email_display: String,
    display_name: Option<String>,
    locale: String,
    nonce: Vec<u8>,
    account_id: Option<Uuid>,
    expires_at: OffsetDateTime,
    used_at: Option<OffsetDateTime>,
    locked_at: Option<OffsetDateTime>,
}

impl PgRegistrations {
    /// Waking `wake` after a commit sends the mails at once.
    pub fn new(pool: PgPool, wake: Wake, ids: Arc<dyn Ids>) -> Self {
        Self { pool, wake, ids }
    }

    async fn queue_mail(
        &self,
        tx: &mut PgTransaction<'_>,
        id: RegistrationId,
        account: Option<Uuid>,
    ) -> Result<(), sqlx::Error> {
        let mail = match account {
            None => Mail::VerifyEmail(id),
            Some(owner) => Mail::AccountExists(UserId(owner)),
        };
        mails::queue(tx, self.ids.next(), mail).await
    }
}

#[async_trait]
impl Registrations for PgRegistrations {
    async fn open(
        &self,
        new: &NewRegistration,
        once: Option<&Once>,
    ) -> Result<Opened, Unavailable> {
        let mut tx = self.pool.begin().await?;
        if let Some(once) = once {
            let claimed = once::claim(&mut tx, once, new.at).await?;
            if claimed != Opened::Now {
                return Ok(claimed);
            }
        }
        let account = sqlx::query_file_scalar!(
            "queries/open_registration.sql",
            new.id.0,
            new.email.canonical(),
            new.email.as_str(),
            new.password.0,
            new.display_name.as_ref().map(DisplayName::as_str),
            new.locale.as_str(),
            &new.nonce.0,
            new.at,
            new.expires_at,
        )
        .fetch_one(&mut *tx)
        .await?;
        self.queue_mail(&mut tx, new.id, account).await?;
        tx.commit().await?;
        self.wake.wake();
        Ok(Opened::Now)
    }

    async fn find(&self, id: RegistrationId) -> Result<Option<Registration>, Unavailable> {
        let row = sqlx::query_as!(
            Row,
            "select id, email_display, display_name, locale, nonce, account_id, expires_at,
                    used_at, locked_at
             from registrations where id = $1",
            id.0,
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(Registration::try_from).transpose()
    }

    async fn renew(&self, renewal: &Renewal) -> Result<Renewed, Unavailable> {
        let mut tx = self.pool.begin().await?;
        if let Some(refused) = refusal(&mut tx, renewal).await? {
            return Ok(refused);
        }
        let row = sqlx::query_as!(
            Row,
            "update registrations set
                 nonce = $2, mailed_at = $3, resent_at = array_append(resent_at, $3), expires_at = $4
             where id = $1
             returning id, email_display, display_name, locale, nonce, account_id, expires_at,
                       used_at, locked_at",
            renewal.id.0,
            &renewal.nonce.0,
            renewal.at,
            renewal.at + renewal.rules.life,
        )
        .fetch_one(&mut *tx)
        .await?;
        self.queue_mail(&mut tx, renewal.id, row.account_id).await?;
        tx.commit().await?;
        self.wake.wake();
        Ok(Renewed::Done(row.try_into()?))
    }

    async fn lock(&self, id: RegistrationId, at: OffsetDateTime) -> Result<(), Unavailable> {
        sqlx::query!(
            "update registrations set locked_at = $2
             where id = $1 and used_at is null and locked_at is null",
            id.0,
            at,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn complete(&self, completion: &Completion) -> Result<Completed, Unavailable> {
        let (id, at) = (completion.id.0, completion.session.at);
        let mut tx = self.pool.begin().await?;
        let won = sqlx::query_file!(
            "queries/complete_registration.sql",
            id,
            at,
            &completion.nonce.0,
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(from) = won else {
            return Ok(why_lost(&mut tx, completion).await?);
        };
        let born = sqlx::query!(
            "insert into users (id, email_canonical, email_display, email_verified_at,
                 display_name, locale, password_hash, password_changed_at, created_at, updated_at)
             values ($1, $2, $3, $7, $4, $5, $6, $7, $7, $7)
             on conflict (email_canonical) do nothing",
            completion.user.0,
            from.email_canonical,
            from.email_display,
            from.display_name,
            from.locale,
            from.password_hash,
            at,
        )
        .execute(&mut *tx)
        .await?;
        // Somebody else proved the address first: this registration is used up all the same.
        let born = born.rows_affected() == 1;
        if born {
            sessions::insert(&mut tx, completion.user, &completion.session).await?;
        }
        tx.commit().await?;
        Ok(if born {
            Completed::Won
        } else {
            Completed::Lost
        })
    }

    async fn forget_before(
        &self,
        began: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<(), Unavailable> {
        sqlx::query!("delete from registrations where created_at < $1", began)
            .execute(&self.pool)
            .await?;
        sqlx::query!("delete from idempotency_keys where expires_at <= $1", now)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// Why the code may not be mailed again now. Holds the address until the transaction
/// ends, so that no two requests count the same mails.
async fn refusal(
    tx: &mut PgTransaction<'_>,
    renewal: &Renewal,
) -> Result<Option<Renewed>, sqlx::Error> {
    let found = sqlx::query!(
        "select email_canonical, mailed_at from registrations
         where id = $1 and used_at is null and locked_at is null and expires_at > $2
         for update",
        renewal.id.0,
        renewal.at,
    )
    .fetch_optional(&mut **tx)
    .await?;
    let Some(found) = found else {
        return Ok(Some(Renewed::Over));
    };
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))",
        found.email_canonical,
    )
    .execute(&mut **tx)
    .await?;
    let day = Duration::from_hours(24);
    let counts = sqlx::query_scalar!(
        r#"select resent.at as "at!" from registrations, unnest(resent_at) as resent (at)
           where email_canonical = $1 and resent.at > $2
           order by resent.at desc offset $3 limit 1"#,
        found.email_canonical,
        renewal.at - day,
        i64::from(renewal.rules.resends_a_day) - 1,
    )
    .fetch_optional(&mut **tx)
    .await?;
    let allowed = found.mailed_at + renewal.rules.resend_after;
    let allowed = counts.map_or(allowed, |oldest| allowed.max(oldest + day));
    let wait = (allowed > renewal.at).then(|| (allowed - renewal.at).unsigned_abs());
    Ok(wait.map(Renewed::TooEarly))
}

/// A live registration whose code was replaced, or one that is over.
async fn why_lost(
    tx: &mut PgTransaction<'_>,
    completion: &Completion,
) -> Result<Completed, sqlx::Error> {
    let replaced = sqlx::query_scalar!(
        "select id from registrations
         where id = $1 and nonce <> $3 and account_id is null
           and used_at is null and locked_at is null and expires_at > $2",
        completion.id.0,
        completion.session.at,
        &completion.nonce.0,
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(replaced.map_or(Completed::Lost, |_| Completed::Outdated))
}

impl TryFrom<Row> for Registration {
    type Error = Unavailable;

    fn try_from(row: Row) -> Result<Self, Unavailable> {
        let name = row.display_name.as_deref().map(DisplayName::parse);
        Ok(Self {
            id: RegistrationId(row.id),
            email: EmailAddress::parse(&row.email_display).map_err(corrupt)?,
            display_name: name.transpose().map_err(corrupt)?,
            locale: Locale::parse(&row.locale).unwrap_or_default(),
            nonce: Nonce(fixed(&row.nonce)?),
            account: row.account_id.map(UserId),
            expires_at: row.expires_at,
            used: row.used_at.is_some(),
            locked: row.locked_at.is_some(),
        })
    }
}
