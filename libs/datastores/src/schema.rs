//! The tables of a service: made by its role `migrate`, needed by all others.

use std::time::Duration;

use serde::Deserialize;
use settings::{BadSettings, Within};
use sqlx::migrate::{Migrate as _, MigrateError, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, PgPool};
use tokio::time::{Instant, sleep, timeout};

use crate::bootstrap::{Bootstrap, BootstrapSettings};
use crate::postgres::{PostgresSettings, connect_options};

/// How the role `migrate` behaves.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MigrateSettings {
    /// How long it waits for PostgreSQL.
    pub wait_ms: Within<0, 3_600_000>,
}

/// The schema of a service, and the migrations that make its tables.
#[derive(Debug)]
pub struct Schema {
    name: &'static str,
    migrations: Migrator,
}

/// The schema was not brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The settings do not say what is needed.
    #[error("there is nothing to make roles and schema with")]
    Settings(#[from] BadSettings),
    /// PostgreSQL cannot be reached, or lets us not in.
    #[error("cannot connect to PostgreSQL")]
    Connect(#[source] sqlx::Error),
    /// The roles and the schema could not be made.
    #[error("the roles and the schema could not be made")]
    Bootstrap(#[source] sqlx::Error),
    /// A migration failed.
    #[error("the schema could not be brought up to date")]
    Migrate(#[from] MigrateError),
}

/// The tables are not what this version works with.
#[derive(Debug, thiserror::Error)]
pub enum Behind {
    /// Their version cannot be learned.
    #[error("the version of the schema cannot be read: {0}")]
    Unknown(#[from] MigrateError),
    /// A migration has still to be run.
    #[error("the schema is at {found}, {needed} is needed")]
    Older {
        /// The last migration that was run.
        found: i64,
        /// The last migration that this version has.
        needed: i64,
    },
}

impl Schema {
    /// The schema `name`, whose version is in the table `_sqlx_migrations` in it.
    pub fn new(name: &'static str, mut migrations: Migrator) -> Self {
        // A newer release has migrated: its tables serve this one too.
        migrations.set_ignore_missing(true);
        Self { name, migrations }
    }

    /// What the role `migrate` does: makes the roles and the schema first if there is an
    /// administrator, then brings the tables up to date.
    pub async fn prepare(
        &self,
        administrator: Option<&BootstrapSettings>,
        postgres: &PostgresSettings,
        migrate: &MigrateSettings,
    ) -> Result<(), SchemaError> {
        if let Some(administrator) = administrator {
            self.bootstrap(administrator, postgres, migrate).await?;
        }
        self.migrate(postgres, migrate).await
    }

    /// Makes the roles and the schema where they are not, with the passwords that are set.
    pub async fn bootstrap(
        &self,
        settings: &BootstrapSettings,
        postgres: &PostgresSettings,
        migrate: &MigrateSettings,
    ) -> Result<(), SchemaError> {
        let bootstrap = Bootstrap::new(self.name, settings, postgres)?;
        let mut connection = connect(&bootstrap.administrator, migrate).await?;
        let made = bootstrap.run(&mut connection).await;
        made.map_err(SchemaError::Bootstrap)?;
        end(connection).await;
        tracing::info!(schema = self.name, "roles and schema made");
        Ok(())
    }

    /// Runs the migrations that were not run, as the owner that `postgres` names. A schema
    /// that is newer stays as it is.
    pub async fn migrate(
        &self,
        postgres: &PostgresSettings,
        migrate: &MigrateSettings,
    ) -> Result<(), SchemaError> {
        let options = connect_options(&postgres.url, &postgres.password);
        let options = options.map_err(SchemaError::Connect)?;
        let mut connection = connect(&options, migrate).await?;
        self.migrations.run(&mut connection).await?;
        end(connection).await;
        tracing::info!(schema = self.name, "schema is up to date");
        Ok(())
    }

    /// Whether every migration that this version has was run.
    pub async fn check(&self, pool: &PgPool) -> Result<(), Behind> {
        let table = format!("{}._sqlx_migrations", self.name);
        let mut connection = pool.acquire().await.map_err(MigrateError::from)?;
        let run = connection.list_applied_migrations(&table).await?;
        let found = run.iter().map(|it| it.version).max().unwrap_or_default();
        let needed = self.migrations.iter().map(|it| it.version).max();
        let needed = needed.unwrap_or_default();
        if found < needed {
            return Err(Behind::Older { found, needed });
        }
        Ok(())
    }
}

/// The first wait, doubled by each next up to the longest.
const WAITS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// How long one try may take.
const TRY: Duration = Duration::from_secs(5);

/// A connection, as soon as PostgreSQL gives one.
async fn connect(
    options: &PgConnectOptions,
    settings: &MigrateSettings,
) -> Result<PgConnection, SchemaError> {
    let end = Instant::now() + settings.wait_ms.millis();
    let mut wait = WAITS.0;
    loop {
        let tried = timeout(TRY, PgConnection::connect_with(options)).await;
        let error = match tried {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(error)) => error,
            Err(elapsed) => sqlx::Error::Io(elapsed.into()),
        };
        if !may_pass(&error) || Instant::now() + wait > end {
            return Err(SchemaError::Connect(error));
        }
        tracing::warn!(error.message = %error, "PostgreSQL is not there yet");
        sleep(wait).await;
        wait = (wait * 2).min(WAITS.1);
    }
}

/// Whether time alone may help: nobody listens, it starts, it stops, or it is full.
fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            matches!(&*code, "57P01" | "57P02" | "57P03" | "53300")
        }
        _ => false,
    }
}

/// What was to be done is done: a farewell that fails is no failure.
async fn end(connection: PgConnection) {
    if let Err(error) = connection.close().await {
        tracing::debug!(error.message = %error, "connection was not closed in order");
    }
}
