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
    owing: Vec<BucketKey>,
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
    /// More buckets than this are not kept; those that are full go first, then those that
    /// are nearest to it.
    const MOST: usize = 20_000;

    /// Notes what Redis said of a bucket.
    pub fn seen(&mut self, limit: &Limit, full_at_us: u64, now_us: u64) {
        self.make_room(now_us);
        self.bucket(limit).full_at_us = full_at_us;
    }

    /// Takes tokens from all buckets, or from none; `share` of the limit is ours, one
    /// part in so many. Only looks if nothing is to be spent.
    pub fn take(&mut self, limits: &[&Limit], now_us: u64, share: u32, spend: bool) -> Vec<Taken> {
        self.make_room(now_us);
        let (mut before, mut after) = (Vec::new(), HashMap::new());
        let mut all = spend;
        for limit in limits {
            let known = self.buckets.get(&limit.key).map_or(0, |it| it.full_at_us);
            let full_at = after.get(&limit.key).copied().unwrap_or(known);
            let taken = our_part(limit, share).take(full_at, now_us, limit.cost);
            all &= taken.allowed;
            after.insert(limit.key, taken.full_at_us);
            before.push(Taken {
                full_at_us: full_at.max(now_us),
                ..taken
            });
        }
        if !all {
            return before;
        }
        let keep = |(limit, taken): (&&Limit, Taken)| {
            let full_at_us = after.get(&limit.key).copied().unwrap_or(taken.full_at_us);
            self.bucket(limit).full_at_us = full_at_us;
            self.owe(&Debit {
                key: limit.key,
                bucket: limit.bucket,
                tokens: limit.cost,
            });
            Taken {
                full_at_us,
                ..taken
            }
        };
        limits.iter().zip(before).map(keep).collect()
    }

    fn bucket(&mut self, limit: &Limit) -> &mut Local {
        let fresh = Local {
            full_at_us: 0,
            bucket: limit.bucket,
            owed: 0,
        };
        let local = self.buckets.entry(limit.key).or_insert(fresh);
        local.bucket = limit.bucket;
        local
    }

    /// Notes what is owed to Redis; of buckets that are not kept any more, nothing is.
    pub fn owe(&mut self, debit: &Debit) {
        let Some(local) = self.buckets.get_mut(&debit.key) else {
            return;
        };
        if local.owed == 0 && debit.tokens > 0 {
            self.owing.push(debit.key);
        }
        local.owed = local.owed.saturating_add(debit.tokens);
    }

    /// What is owed to Redis, up to `most` buckets; they count as settled.
    pub fn debts(&mut self, most: usize) -> Vec<Debit> {
        let rest = self.owing.len().saturating_sub(most);
        let owing = self.owing.drain(rest..);
        let debit = |key: BucketKey| {
            let local = self.buckets.get_mut(&key)?;
            Some(Debit {
                key,
                bucket: local.bucket,
                tokens: std::mem::take(&mut local.owed),
            })
        };
        owing.filter_map(debit).collect()
    }

    fn make_room(&mut self, now_us: u64) {
        if self.buckets.len() < Self::MOST {
            return;
        }
        self.buckets
            .retain(|_, local| local.full_at_us > now_us || local.owed > 0);
        let most = Self::MOST / 4 * 3;
        let Some(too_many) = self.buckets.len().checked_sub(most) else {
            return;
        };
        let mut full_at: Vec<_> = self.buckets.values().map(|it| it.full_at_us).collect();
        let (_, nearest, _) = full_at.select_nth_unstable(too_many);
        let nearest = *nearest;
        self.buckets.retain(|_, local| local.full_at_us > nearest);
        let buckets = &self.buckets;
        self.owing.retain(|key| buckets.contains_key(key));
    }
}

fn our_part(limit: &Limit, share: u32) -> TokenBucket {
    let part = |whole: u32| whole.div_ceil(share.max(1));
    TokenBucket::new(part(limit.tokens), limit.period, part(limit.bucket.burst()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::OnStoreError;

    fn limit(name: &str, tokens: u32) -> Limit {
        let period = Duration::from_mins(1);
        Limit {
            key: BucketKey::of("test", name, &[]),
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
                .take(limits, 1_000, share, true)
                .iter()
                .all(|it| it.allowed)
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
    fn a_bucket_that_is_named_twice_pays_twice() {
        let limit = limit("a", 10);
        let mut buckets = LocalBuckets::default();
        assert_eq!(passes(&mut buckets, &[&limit, &limit], 1), 5);
        let owed: u32 = buckets.debts(100).iter().map(|debit| debit.tokens).sum();
        assert_eq!(owed, 10);
    }

    #[test]
    fn a_refusal_costs_nothing_and_does_not_say_so_either() {
        let mut buckets = LocalBuckets::default();
        let (narrow, wide) = (limit("narrow", 1), limit("wide", 10));
        buckets.take(&[&narrow], 1_000, 1, true);
        let refused = buckets.take(&[&narrow, &wide], 1_000, 1, true);
        assert_eq!(wide.bucket.remaining(refused[1].full_at_us, 1_000), 10);
    }

    #[test]
    fn when_there_are_too_many_the_emptiest_stay() {
        let mut buckets = LocalBuckets::default();
        let empty = limit("empty", 10);
        assert_eq!(passes(&mut buckets, &[&empty], 1), 10);
        for number in 0..LocalBuckets::MOST * 2 {
            buckets.take(&[&limit(&number.to_string(), 10)], 1_000, 1, true);
        }
        assert!(buckets.buckets.len() <= LocalBuckets::MOST);
        assert_eq!(passes(&mut buckets, &[&empty], 1), 0);
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
        buckets.owe(&debts[0]);
        assert_eq!(buckets.debts(100), debts);
    }
}
