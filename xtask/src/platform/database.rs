//! The database: per service a schema, a role that owns it, and a role that works in it.

use testkit::Postgres;

use super::secrets::Secrets;

/// Its name.
pub const DATABASE: &str = "storyloom";

/// Who has a schema.
pub const SCHEMAS: [&str; 3] = ["auth", "story", "notification"];

/// What `migrate --bootstrap` runs too.
const BOOTSTRAP: &str = include_str!("../../../libs/datastores/src/bootstrap.sql");

/// Makes what is missing and sets the passwords. Safe to repeat.
pub async fn prepare(postgres: &Postgres, secrets: &Secrets) -> anyhow::Result<()> {
    let exists = format!("select 1 from pg_database where datname = '{DATABASE}'");
    if postgres.try_psql("postgres", &exists).await?.is_empty() {
        let create = format!("create database {DATABASE}");
        postgres.try_psql("postgres", &create).await?;
    }
    for schema in SCHEMAS {
        let owner = owner(schema);
        let (owners, own) = (secrets.password(&owner)?, secrets.password(schema)?);
        let statements = format!(
            "begin;
             set local storyloom.schema = '{schema}';
             set local storyloom.owner = '{owner}';
             set local storyloom.owner_password = '{owners}';
             set local storyloom.role = '{schema}';
             set local storyloom.role_password = '{own}';
             {BOOTSTRAP}
             commit;"
        );
        postgres.try_psql(DATABASE, &statements).await?;
    }
    Ok(())
}

/// The role that `migrate` uses.
pub fn owner(schema: &str) -> String {
    format!("{schema}_owner")
}
