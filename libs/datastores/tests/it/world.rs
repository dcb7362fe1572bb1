use datastores::postgres::{PostgresSettings, pool};
use datastores::{BootstrapSettings, MigrateSettings, Schema, SchemaError};
use serde::de::value::{Error, MapDeserializer};
use serde::{Deserialize as _, de::IntoDeserializer as _};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{PgPool, SqlSafeStr as _};
use testkit::Postgres;

pub const DATABASE: &str = "storyloom";

/// A database as an administrator hands it over.
pub struct World {
    pub postgres: Postgres,
}

/// What the roles of a service get.
#[derive(Clone, Copy)]
pub struct Passwords {
    pub owner: &'static str,
    pub role: &'static str,
}

pub const FIRST: Passwords = Passwords {
    owner: "first-of-owner",
    role: "it's \"first\" \\ of role",
};

pub const SUPERUSER: (&str, &str) = ("postgres", "of-superuser");

impl World {
    /// Nobody gets in without a password.
    pub async fn start() -> Self {
        let postgres = Postgres::start_with_password(SUPERUSER.1).await;
        postgres.create_database(DATABASE).await;
        Self { postgres }
    }

    fn url(&self, user: &str) -> String {
        let port = self.postgres.port();
        format!("postgres://{user}@127.0.0.1:{port}/{DATABASE}")
    }

    pub fn postgres(&self, user: &str, password: &str) -> PostgresSettings {
        postgres_settings(&self.url(user), password)
    }

    /// What the role of the schema reaches.
    pub fn pool(&self, role: &str, password: &str) -> PgPool {
        pool(&self.postgres(role, password)).unwrap()
    }

    pub async fn bootstrap(
        &self,
        schema: &'static str,
        passwords: Passwords,
    ) -> Result<(), SchemaError> {
        self.bootstrap_as(SUPERUSER, schema, passwords).await
    }

    pub async fn bootstrap_as(
        &self,
        administrator: (&str, &str),
        schema: &'static str,
        passwords: Passwords,
    ) -> Result<(), SchemaError> {
        let settings = self.administrator(administrator, schema, passwords);
        let owner = self.postgres(&format!("{schema}_owner"), passwords.owner);
        let schema = tables(schema, 1);
        schema.bootstrap(&settings, &owner, &waits(0)).await
    }

    /// What an administrator needs to make the roles of a schema.
    pub fn administrator(
        &self,
        (user, password): (&str, &str),
        role: &str,
        passwords: Passwords,
    ) -> BootstrapSettings {
        BootstrapSettings {
            url: settings::Secret::new(self.url(user)),
            password: settings::Secret::new(password.to_owned()),
            role: role.to_owned(),
            role_password: settings::Secret::new(passwords.role.to_owned()),
        }
    }

    pub async fn migrate(&self, name: &'static str, version: usize) -> Result<(), SchemaError> {
        let owner = self.postgres(&format!("{name}_owner"), FIRST.owner);
        tables(name, version).migrate(&owner, &waits(0)).await
    }
}

pub fn postgres_settings(url: &str, password: &str) -> PostgresSettings {
    PostgresSettings {
        url: settings::Secret::new(url.to_owned()),
        password: settings::Secret::new(password.to_owned()),
        max_connections: number(4),
        acquire_timeout_ms: number(5000),
    }
}

/// How `migrate` waits, in milliseconds.
pub fn waits(wait_ms: u64) -> MigrateSettings {
    let fields = [("wait_ms", wait_ms)].into_iter();
    MigrateSettings::deserialize(MapDeserializer::<_, Error>::new(fields)).unwrap()
}

fn number<const MIN: u64, const MAX: u64>(number: u64) -> settings::Within<MIN, MAX> {
    let number: serde::de::value::U64Deserializer<Error> = number.into_deserializer();
    settings::Within::deserialize(number).unwrap()
}

/// The release of a service with that many migrations.
pub fn tables(name: &'static str, version: usize) -> Schema {
    let statements = [
        "create table books (title text not null, id bigserial)",
        "create table pens (colour text)",
    ];
    let migrations = statements.into_iter().zip(1..).take(version);
    let migration = |(sql, version): (&'static str, i64)| {
        let simple = MigrationType::Simple;
        Migration::new(version, "test".into(), simple, sql.into_sql_str(), false)
    };
    let mut migrator = Migrator::with_migrations(migrations.map(migration).collect());
    migrator.dangerous_set_table_name(format!("{name}._sqlx_migrations"));
    migrator.create_schema(name);
    Schema::new(name, migrator)
}
