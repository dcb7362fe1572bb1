//! What a run left behind.

use std::collections::HashSet;

use anyhow::Context as _;
use sqlx::PgPool;
use uuid::Uuid;

use crate::world::limits;

/// What the ledger says of a job.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct JobRow {
    /// Its id.
    pub id: Uuid,
    /// Its key, which tells its mood.
    pub key: Uuid,
    /// Where it stands.
    pub state: String,
    /// How often it was claimed.
    pub fence: i64,
    /// How many tries counted.
    pub attempt: i32,
    /// How many of its workers crashed.
    pub crashes: i32,
    /// How long after it was asked for it began first, by the clock of Postgres.
    pub began_after_ms: Option<i64>,
}

/// That a job began, or its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, sqlx::FromRow)]
pub struct Mark {
    /// Of which job.
    pub key: Uuid,
    /// By which claim.
    pub fence: i64,
}

/// A dead letter.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Letter {
    /// Of which job.
    pub key: Uuid,
    /// Whether the stream of dead letters was told.
    pub told: bool,
}

/// Everything that is checked after a run.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// The keys of jobs whose commit was answered.
    pub accepted: HashSet<Uuid>,
    /// The ledger.
    pub jobs: Vec<JobRow>,
    /// Which claims began to work.
    pub starts: Vec<Mark>,
    /// What jobs did.
    pub effects: Vec<Mark>,
    /// What was given up.
    pub letters: Vec<Letter>,
    /// How many tries a job may have.
    pub max_attempts: i32,
    /// How many crashes a job may see.
    pub max_crashes: i32,
}

impl Books {
    /// Reads the ledger.
    pub async fn read(pool: &PgPool, accepted: HashSet<Uuid>) -> anyhow::Result<Self> {
        let jobs = sqlx::query_as(
            "select id, key, state, fence, attempt, crashes,
                    (extract(epoch from began.at - created_at) * 1000)::bigint as began_after_ms
             from jobs left join lateral
                 (select min(at) as at from starts where starts.key = jobs.key) began on true",
        );
        let letters = sqlx::query_as("select key, copied_at is not null as told from dead_letters");
        let limits = limits();
        let limit = |name: &str| -> anyhow::Result<i32> {
            let limit = limits.get(name).and_then(serde_json::Value::as_i64);
            Ok(i32::try_from(limit.context("it is a limit")?)?)
        };
        Ok(Self {
            accepted,
            jobs: jobs.fetch_all(pool).await?,
            starts: sqlx::query_as("select key, fence from starts")
                .fetch_all(pool)
                .await?,
            effects: sqlx::query_as("select key, fence from effects")
                .fetch_all(pool)
                .await?,
            letters: letters.fetch_all(pool).await?,
            max_attempts: limit("max_attempts")?,
            max_crashes: limit("max_crashes")?,
        })
    }

    /// How many jobs are in a state.
    pub fn count(&self, state: &str) -> usize {
        self.jobs.iter().filter(|job| job.state == state).count()
    }
}
