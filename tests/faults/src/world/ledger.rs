use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use testkit::Postgres;

const DATABASE: &str = "faults";

/// The tables of jobs, and what the jobs here write: that they began, and their effect. Nothing
/// here refuses a second row, so that it is seen.
const TABLES: [&str; 3] = [
    include_str!("../../../../libs/jobs/ddl.sql"),
    include_str!("../../../../libs/jobs/ddl_upkeep.sql"),
    "create table starts (key uuid not null, fence bigint not null, at timestamptz not null default now());
     create index starts_key on starts (key);
     create table effects (key uuid not null, fence bigint not null);",
];

/// The URL of the ledger by a port.
pub(super) fn url(port: u16) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/{DATABASE}")
}

pub(super) async fn lay_out(postgres: &Postgres) -> anyhow::Result<PgPool> {
    postgres.create_database(DATABASE).await;
    let pool = PgPoolOptions::new()
        .max_connections(4)
        .acquire_timeout(Duration::from_secs(4))
        .connect_lazy(&url(postgres.port()))?;
    for tables in TABLES {
        sqlx::raw_sql(tables).execute(&pool).await?;
    }
    Ok(pool)
}
