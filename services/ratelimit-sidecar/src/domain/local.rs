use std::collections::HashMap;

use kernel::{Taken, TokenBucket};

use super::{BucketKey, Limit};

/// Buckets of this process: what decides while Redis is away.
///
/// It remembers the last state that Redis told, so that a bucket that was empty stays
/// so, and what was taken meanwhile, so that it can be taken from Redis afterwards.
#[derive(Debug, Default)]
pub struct LocalBuckets {
    buckets: HashMap<BucketKey, Local>,
}

#[derive(Debug, Clone, Copy)]
struct Local {
    full_at_us: u64,
    bucket: TokenBucket,
    owed: u32,
}

/// Tokens that were taken here and that Redis does not know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debit {
    pub key: BucketKey,
    pub bucket: TokenBucket,
    pub tokens: u32,
}

impl LocalBuckets {
    /// More buckets than this are not kept; those that are full go first.
    const MOST: usize = 20_000;

    /// Notes what Redis said of a bucket.
    pub fn seen(&mut self, limit: &Limit, full_at_us: u64, now_us: u64) {
        self.make_room(now_us);
        let known = self.buckets.entry(limit.key).or_insert(Local {
            full_at_us,
            bucket: limit.bucket,
            owed: 0,
        });
        known.full_at_us = full_at_us;
    }

    /// Takes tokens from all buckets, or from none; `share` of the limit is ours, one
    /// part in so many.
    pub fn take(
        &mut self,
        limits: &[&Limit],
        now_us: u64,
        share: u32,
    ) -> Vec<(TokenBucket, Taken)> {
        self.make_room(now_us);
        let taken: Vec<_> = limits
            .iter()
            .map(|limit| {
                let bucket = our_part(limit, share);
                let full_at = self.buckets.get(&limit.key).map_or(0, |it| it.full_at_us);
                (bucket, bucket.take(full_at, now_us, limit.cost))
            })
            .collect();
        if taken.iter().all(|(_, taken)| taken.allowed) {
            for (limit, (_, taken)) in limits.iter().zip(&taken) {
                self.keep(limit, taken.full_at_us);
            }
        }
        taken
    }

    fn keep(&mut self, limit: &Limit, full_at_us: u64) {
        let local = self.buckets.entry(limit.key).or_insert(Local {
            full_at_us,
            bucket: limit.bucket,
            owed: 0,
        });
        local.full_at_us = full_at_us;
        local.owed = local.owed.saturating_add(limit.cost);
    }

    /// What is owed to Redis, up to `most` buckets; they count as settled.
    pub fn debts(&mut self, most: usize) -> Vec<Debit> {
        let owing = self.buckets.iter_mut().filter(|(_, local)| local.owed > 0);
        owing
            .take(most)
            .map(|(key, local)| Debit {
                key: *key,
                bucket: local.bucket,
                tokens: std::mem::take(&mut local.owed),
            })
            .collect()
    }

    fn make_room(&mut self, now_us: u64) {
        if self.buckets.len() < Self::MOST {
            return;
        }
        self.buckets
            .retain(|_, local| local.full_at_us > now_us || local.owed > 0);
        if self.buckets.len() >= Self::MOST {
            self.buckets.clear();
        }
    }
}

fn our_part(limit: &Limit, share: u32) -> TokenBucket {
    let part = |whole: u32| whole.div_ceil(share.max(1));
    let burst = u32::try_from(limit.bucket.capacity_us() / limit.bucket.interval_us());
    TokenBucket::new(
        part(limit.tokens),
        limit.period,
        part(burst.unwrap_or(u32::MAX)),
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::OnStoreError;

    fn limit(name: &str, tokens: u32) -> Limit {
        let period = Duration::from_mins(1);
        Limit {
            key: BucketKey::of([name]),
            rule: name.to_owned(),
            bucket: TokenBucket::new(tokens, period, tokens),
            tokens,
            period,
            on_store_error: OnStoreError::Local,
            cost: 1,
        }
    }

    fn passes(buckets: &mut LocalBuckets, limits: &[&Limit], share: u32) -> usize {
        let passed = |_: &usize| {
            buckets
                .take(limits, 1_000, share)
                .iter()
                .all(|(_, it)| it.allowed)
        };
        (0..20).filter(passed).count()
    }

    #[test]
    fn the_limit_is_shared_among_the_sidecars() {
        assert_eq!(
            passes(&mut LocalBuckets::default(), &[&limit("a", 10)], 1),
            10
        );
        assert_eq!(
            passes(&mut LocalBuckets::default(), &[&limit("a", 10)], 3),
            4
        );
    }

    #[test]
    fn all_or_none_are_taken() {
        let mut buckets = LocalBuckets::default();
        let (narrow, wide) = (limit("narrow", 2), limit("wide", 10));
        assert_eq!(passes(&mut buckets, &[&narrow, &wide], 1), 2);
        assert_eq!(passes(&mut buckets, &[&wide], 1), 8);
    }

    #[test]
    fn what_redis_said_last_counts_on() {
        let mut buckets = LocalBuckets::default();
        let limit = limit("a", 10);
        buckets.seen(&limit, 1_000 + limit.bucket.capacity_us(), 1_000);
        assert_eq!(passes(&mut buckets, &[&limit], 1), 0);
    }

    #[test]
    fn what_was_taken_is_owed_once() {
        let mut buckets = LocalBuckets::default();
        let limit = limit("a", 3);
        passes(&mut buckets, &[&limit], 1);
        let debts = buckets.debts(100);
        assert_eq!(
            debts.iter().map(|debit| debit.tokens).collect::<Vec<_>>(),
            [3]
        );
        assert!(buckets.debts(100).is_empty());
    }
}
