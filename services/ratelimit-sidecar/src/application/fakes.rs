//! In-memory ports for use-case tests. Adapters are tested for real elsewhere.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::ports::{Buckets, Level, Peers, StoreAway, contract};
use crate::domain::{BucketKey, Debit, Limit};

/// Buckets in a map, on a clock that stands still.
#[derive(Default)]
pub struct FakeBuckets {
    full_at_us: Mutex<HashMap<BucketKey, u64>>,
    away: AtomicBool,
}

const NOW_US: u64 = 1_000_000_000;

impl FakeBuckets {
    pub fn go_away(&self) {
        self.away.store(true, Ordering::SeqCst);
    }

    pub fn come_back(&self) {
        self.away.store(false, Ordering::SeqCst);
    }

    fn here(&self) -> Result<std::sync::MutexGuard<'_, HashMap<BucketKey, u64>>, StoreAway> {
        if self.away.load(Ordering::SeqCst) {
            return Err(StoreAway::NotAsked);
        }
        Ok(self
            .full_at_us
            .lock()
            .unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Buckets for FakeBuckets {
    async fn take(&self, limits: &[Limit]) -> Result<Vec<Level>, StoreAway> {
        let mut buckets = self.here()?;
        let (mut after, mut taken) = (buckets.clone(), Vec::new());
        for limit in limits {
            let full_at = after.get(&limit.key).copied().unwrap_or(0);
            let one = limit.bucket.take(full_at, NOW_US, limit.cost);
            after.insert(limit.key, one.full_at_us);
            taken.push(one);
        }
        if taken.iter().all(|taken| taken.allowed) {
            *buckets = after;
        }
        for (limit, taken) in limits.iter().zip(&mut taken) {
            let full_at = buckets.get(&limit.key).copied().unwrap_or(0);
            taken.full_at_us = full_at.max(NOW_US);
        }
        let level = |taken: &kernel::Taken| Level {
            allowed: taken.allowed,
            full_in_us: taken.full_at_us - NOW_US,
            retry_in_us: taken
                .retry_in
                .map(|it| u64::try_from(it.as_micros()).unwrap()),
        };
        Ok(taken.iter().map(level).collect())
    }

    async fn debit(&self, debits: &[Debit]) -> Result<(), StoreAway> {
        let mut buckets = self.here()?;
        for debit in debits {
            let full_at = buckets.entry(debit.key).or_insert(NOW_US);
            let spent = debit.bucket.interval_us() * u64::from(debit.tokens);
            *full_at = (*full_at + spent).min(NOW_US + debit.bucket.capacity_us());
        }
        Ok(())
    }
}

pub struct FakePeers(pub u32);

impl Peers for FakePeers {
    fn count(&self) -> u32 {
        self.0
    }
}

#[tokio::test]
async fn the_fake_keeps_the_contract() {
    let buckets = FakeBuckets::default();
    contract::a_bucket_is_emptied_and_says_when_it_refills(&buckets).await;
    contract::all_or_none_are_taken(&buckets).await;
    contract::a_bucket_that_is_named_twice_pays_twice(&buckets).await;
    contract::looking_costs_nothing(&buckets).await;
    contract::more_than_a_bucket_holds_is_never_there(&buckets).await;
    contract::what_was_spent_is_taken(&buckets).await;
}
