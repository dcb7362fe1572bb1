//! The roles and the schema of a service, made by an administrator.

use serde::Deserialize;
use settings::{BadSettings, Secret};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};

use crate::postgres::{PostgresSettings, connect_options};

/// What `migrate --bootstrap` needs on top of what `migrate` needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BootstrapSettings {
    /// The database, as an administrator: a superuser, or who may make roles and schemas.
    pub url: Secret<String>,
    /// The password; empty if the URL has it or none is needed.
    pub password: Secret<String>,
    /// The role that the service works as.
    pub role: String,
    /// The password that it gets.
    pub role_password: Secret<String>,
}

/// What is made for a service.
#[derive(Debug)]
pub(crate) struct Bootstrap<'a> {
    /// As whom, and where.
    pub administrator: PgConnectOptions,
    schema: &'static str,
    owner: String,
    owner_password: &'a str,
    settings: &'a BootstrapSettings,
}

/// With the parameters as settings of the transaction, a text of statements needs none.
const PARAMETERS: &str = "select
    set_config('storyloom.schema', $1, true),
    set_config('storyloom.owner', $2, true), set_config('storyloom.owner_password', $3, true),
    set_config('storyloom.role', $4, true), set_config('storyloom.role_password', $5, true)";

impl<'a> Bootstrap<'a> {
    /// The owner of `schema` is who `postgres` names.
    pub fn new(
        schema: &'static str,
        settings: &'a BootstrapSettings,
        postgres: &'a PostgresSettings,
    ) -> Result<Self, BadSettings> {
        let unfit = BadSettings::unfit;
        if settings.url.expose().is_empty() {
            let reason = "must be an administrator's URL of the database";
            return Err(unfit("bootstrap.url", reason));
        }
        let of_url = |key| move |_: sqlx::Error| unfit(key, "must be a URL of PostgreSQL");
        let administrator = connect_options(&settings.url, &settings.password);
        let administrator = administrator.map_err(of_url("bootstrap.url"))?;
        let owner = connect_options(&postgres.url, &postgres.password);
        let owner = owner.map_err(of_url("postgres.url"))?;
        let owner = owner.get_username().to_owned();
        if owner == settings.role {
            let reason = "must name the owner of the schema, not bootstrap.role";
            return Err(unfit("postgres.url", reason));
        }
        for (key, password) in [
            ("postgres.password", &postgres.password),
            ("bootstrap.role_password", &settings.role_password),
        ] {
            if password.expose().is_empty() {
                return Err(unfit(key, "must be the password that the role gets"));
            }
        }
        Ok(Self {
            administrator,
            schema,
            owner,
            owner_password: postgres.password.expose(),
            settings,
        })
    }

    /// Makes all of it or nothing.
    pub async fn run(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let mut transaction = connection.begin().await?;
        sqlx::query(PARAMETERS)
            .bind(self.schema)
            .bind(&self.owner)
            .bind(self.owner_password)
            .bind(&self.settings.role)
            .bind(self.settings.role_password.expose())
            .execute(&mut *transaction)
            .await?;
        sqlx::raw_sql(include_str!("bootstrap.sql"))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }
}
