//! The database: per service a schema, a role that owns it, and a role that works in it.

use testkit::Postgres;

use super::secrets::Secrets;

/// Its name.
pub const DATABASE: &str = "storyloom";

/// Who has a schema.
pub const SCHEMAS: [&str; 3] = ["auth", "story", "notification"];

/// Makes what is missing and sets the passwords. Safe to repeat.
pub async fn prepare(postgres: &Postgres, secrets: &Secrets) -> anyhow::Result<()> {
    let exists = format!("select 1 from pg_database where datname = '{DATABASE}'");
    if postgres.try_psql("postgres", &exists).await?.is_empty() {
        let create = format!("create database {DATABASE}");
        postgres.try_psql("postgres", &create).await?;
    }
    let mut statements = String::from("begin;\nrevoke all on schema public from public;\n");
    for schema in SCHEMAS {
        let owner = owner(schema);
        statements += &role(&owner, &secrets.password(&owner)?);
        statements += &role(schema, &secrets.password(schema)?);
        statements += &grants(schema, &owner);
    }
    statements += "commit;\n";
    postgres.try_psql(DATABASE, &statements).await?;
    Ok(())
}

/// The role that `migrate` uses.
pub fn owner(schema: &str) -> String {
    format!("{schema}_owner")
}

fn role(name: &str, password: &str) -> String {
    format!(
        "do $$ begin
           if not exists (select 1 from pg_roles where rolname = '{name}') then
             create role {name} login;
           end if;
         end $$;
         alter role {name} login password '{password}';\n"
    )
}

fn grants(schema: &str, owner: &str) -> String {
    format!(
        "create schema if not exists {schema} authorization {owner};
         -- `create schema if not exists` asks for this even where the schema is there.
         grant create on database {DATABASE} to {owner};
         alter role {owner} in database {DATABASE} set search_path = {schema};
         alter role {schema} in database {DATABASE} set search_path = {schema};
         grant usage on schema {schema} to {schema};
         grant select, insert, update, delete on all tables in schema {schema} to {schema};
         grant usage, select on all sequences in schema {schema} to {schema};
         alter default privileges for role {owner} in schema {schema}
           grant select, insert, update, delete on tables to {schema};
         alter default privileges for role {owner} in schema {schema}
           grant usage, select on sequences to {schema};\n"
    )
}
