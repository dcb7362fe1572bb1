//! The private PostgreSQL and Redis of the tests.

use std::fs;

use anyhow::Context as _;
use testkit::{Postgres, Redis};

use crate::console::Step;
use crate::tree;

/// Who has migrations.
const SCHEMAS: [&str; 3] = ["auth", "story", "notification"];
const DATABASE: &str = "storyloom";

/// Ended when dropped.
pub struct Databases {
    postgres: Postgres,
    redis: Redis,
}

impl Databases {
    /// Empty ones on free ports.
    pub async fn start() -> anyhow::Result<Self> {
        let step = Step::begin("PostgreSQL and Redis for tests");
        let postgres = Postgres::try_start().await?;
        let redis = Redis::try_start().await?;
        step.done("");
        Ok(Self { postgres, redis })
    }

    /// What tests find them by.
    pub fn of_tests(&self) -> Vec<(String, String)> {
        vec![
            ("DATABASE_URL".to_owned(), self.postgres.admin_url()),
            ("REDIS_URL".to_owned(), self.redis.url()),
        ]
    }

    /// Brings all schemas up to date with the files of `migrations/`; answers what the
    /// query macros find them by.
    pub async fn migrated(&self) -> anyhow::Result<Vec<(String, String)>> {
        let drop = format!("drop database if exists {DATABASE}");
        self.postgres.try_psql("postgres", &drop).await?;
        let create = format!("create database {DATABASE}");
        self.postgres.try_psql("postgres", &create).await?;
        let mut urls = Vec::new();
        for schema in SCHEMAS {
            let sql = migrations(schema)?;
            let migrated = self.postgres.try_psql(DATABASE, &sql).await;
            migrated.with_context(|| format!("migrations/{schema}"))?;
            let url = self.postgres.url(DATABASE);
            let url = format!("{url}?options=-csearch_path%3D{schema}");
            urls.push((format!("{}_DATABASE_URL", schema.to_uppercase()), url));
        }
        Ok(urls)
    }
}

/// All migrations of a schema as one script.
fn migrations(schema: &str) -> anyhow::Result<String> {
    let folder = tree::root().join("migrations").join(schema);
    let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut files = entries
        .map(|it| Ok(it?.path()))
        .collect::<anyhow::Result<Vec<_>>>()?;
    files.retain(|it| it.extension().is_some_and(|end| end == "sql"));
    files.sort();
    let mut script = format!("create schema {schema};\nset search_path = {schema};\n");
    for file in files {
        script += &fs::read_to_string(&file)?;
        script.push('\n');
    }
    Ok(script)
}
