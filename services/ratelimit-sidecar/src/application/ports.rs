//! What the use case needs from outside, in its own words.

use async_trait::async_trait;

use crate::domain::{Debit, Limit};

/// What the shared store says of one bucket after an attempt to take tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Whether the tokens were there.
    pub allowed: bool,
    /// In how many microseconds the bucket will be full.
    pub full_in_us: u64,
    /// In how many microseconds the tokens will be there; none if never.
    pub retry_in_us: Option<u64>,
}

/// The buckets that all sidecars share.
#[async_trait]
pub trait Buckets: Send + Sync {
    /// Takes tokens from all buckets, or from none; answers in the same order. Never
    /// waits longer than the deadline of a check.
    async fn take(&self, limits: &[Limit]) -> Result<Vec<Level>, StoreAway>;

    /// Takes tokens that were spent already, whether they are there or not.
    async fn debit(&self, debits: &[Debit]) -> Result<(), StoreAway>;
}

/// The other sidecars.
pub trait Peers: Send + Sync {
    /// How many sidecars there are, this one included; the last known number.
    fn count(&self) -> u32;
}

/// The shared store is away; the sidecar decides alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreAway {
    /// Nothing was taken.
    #[error("the shared buckets were not asked")]
    NotAsked,
    /// It may have been taken; never ask again.
    #[error("the shared buckets did not answer in time")]
    Silent,
}

/// What every `Buckets` promises: run against the fake and against Redis.
#[cfg(test)]
pub mod contract {
    use std::time::Duration;

    use kernel::TokenBucket;

    use super::Buckets;
    use crate::domain::{BucketKey, Debit, Limit, OnStoreError};

    pub fn limit(name: &str, tokens: u32) -> Limit {
        let period = Duration::from_hours(1);
        Limit {
            key: BucketKey::of("contract", "rule", &[name]),
            rule: name.to_owned(),
            bucket: TokenBucket::new(tokens, period, tokens),
            tokens,
            period,
            on_store_error: OnStoreError::Local,
            cost: 1,
        }
    }

    pub async fn passes(buckets: &dyn Buckets, limits: &[Limit]) -> bool {
        let levels = buckets.take(limits).await.unwrap();
        assert_eq!(levels.len(), limits.len());
        levels.iter().all(|level| level.allowed)
    }

    pub async fn a_bucket_is_emptied_and_says_when_it_refills(buckets: &dyn Buckets) {
        let limit = [limit("emptied", 3)];
        for _ in 0..3 {
            assert!(passes(buckets, &limit).await);
        }
        let level = buckets.take(&limit).await.unwrap()[0];
        assert!(!level.allowed);
        let interval = limit[0].bucket.interval_us();
        let retry = level.retry_in_us.unwrap();
        assert!((1..=interval).contains(&retry), "{retry} of {interval}");
        assert!(level.full_in_us > 2 * interval);
    }

    pub async fn all_or_none_are_taken(buckets: &dyn Buckets) {
        let (narrow, wide) = (limit("narrow", 1), limit("wide", 3));
        assert!(passes(buckets, &[narrow.clone(), wide.clone()]).await);
        let refused = buckets.take(&[narrow, wide.clone()]).await.unwrap();
        assert!(!refused[0].allowed && refused[1].allowed);
        assert_eq!(wide.bucket.remaining(refused[1].full_in_us, 0), 2);
        for _ in 0..2 {
            assert!(passes(buckets, std::slice::from_ref(&wide)).await);
        }
        assert!(!passes(buckets, &[wide]).await);
    }

    pub async fn a_bucket_that_is_named_twice_pays_twice(buckets: &dyn Buckets) {
        let limit = limit("twice", 5);
        let twice = [limit.clone(), limit.clone()];
        for _ in 0..2 {
            assert!(passes(buckets, &twice).await);
        }
        assert!(!passes(buckets, &twice).await);
        assert!(passes(buckets, &[limit]).await);
    }

    pub async fn looking_costs_nothing(buckets: &dyn Buckets) {
        let limit = limit("looked-at", 1);
        let mut look = limit.clone();
        look.cost = 0;
        for expected in [1, 0] {
            let level = buckets.take(std::slice::from_ref(&look)).await.unwrap()[0];
            assert!(level.allowed);
            assert_eq!(look.bucket.remaining(level.full_in_us, 0), expected);
            passes(buckets, std::slice::from_ref(&limit)).await;
        }
    }

    pub async fn more_than_a_bucket_holds_is_never_there(buckets: &dyn Buckets) {
        let mut limit = limit("small", 2);
        limit.cost = 3;
        let level = buckets.take(&[limit]).await.unwrap()[0];
        assert_eq!((level.allowed, level.retry_in_us), (false, None));
    }

    pub async fn what_was_spent_is_taken(buckets: &dyn Buckets) {
        let limit = limit("spent", 5);
        let debit = Debit {
            key: limit.key,
            bucket: limit.bucket,
            tokens: 4,
        };
        buckets.debit(&[debit]).await.unwrap();
        assert!(passes(buckets, std::slice::from_ref(&limit)).await);
        assert!(!passes(buckets, &[limit]).await);
    }
}
