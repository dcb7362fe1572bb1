//! Those who ask for jobs. They ask again with the same key until they are answered, as clients
//! with an idempotency key do.

use std::collections::HashSet;
use std::time::Duration;

use futures::future::join_all;
use jobs::{Job, Terms};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::player::{KIND, Mood};
use crate::world::World;

/// How many ask at once.
const CROWD: u64 = 6;

/// Of so many jobs one is cancelled soon after.
const CANCELLED: u32 = 50;

/// How long an answer may take before they ask again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks for jobs until told to stop; answers the keys of those that were accepted.
pub async fn produce(
    seed: u64,
    port: u16,
    stop: &CancellationToken,
) -> anyhow::Result<HashSet<Uuid>> {
    let pool = PgPoolOptions::new()
        .max_connections(8)
        .acquire_timeout(PATIENCE)
        .connect_lazy(&World::ledger_at(port))?;
    let crowd = (0..CROWD).map(|nth| one(seed ^ (nth << 32), &pool, stop));
    Ok(join_all(crowd).await.into_iter().flatten().collect())
}

async fn one(seed: u64, pool: &PgPool, stop: &CancellationToken) -> Vec<Uuid> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut accepted = Vec::new();
    while !stop.is_cancelled() {
        let key = Uuid::from_u128(rng.random());
        while !is_answered(pool, key).await {
            // The answer is what is waited for, and it is asked for again at once but for this.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        accepted.push(key);
        if rng.random_ratio(1, CANCELLED) {
            // Whether it comes in time or at all is left to chance.
            let _late = cancel(pool, key).await;
        }
        // Load comes in waves; this shapes it.
        let rest = Duration::from_millis(rng.random_range(0..300));
        stop.run_until_cancelled(tokio::time::sleep(rest)).await;
    }
    accepted
}

async fn is_answered(pool: &PgPool, key: Uuid) -> bool {
    let asked = tokio::time::timeout(PATIENCE, enqueue(pool, key)).await;
    matches!(asked, Ok(Ok(())))
}

async fn enqueue(pool: &PgPool, key: Uuid) -> Result<(), sqlx::Error> {
    let mut tx = pool.begin().await?;
    let (kind, tenant) = (KIND, Uuid::from_u128(key.as_u128() % 3));
    let terms = Terms {
        wait: Mood::wait(key),
        ..Terms::default()
    };
    jobs::enqueue_on(&mut tx, &Job { kind, key, tenant }, terms).await?;
    tx.commit().await
}

async fn cancel(pool: &PgPool, key: Uuid) -> Result<(), sqlx::Error> {
    let mut tx = pool.begin().await?;
    jobs::cancel(&mut tx, KIND, key).await?;
    tx.commit().await
}
