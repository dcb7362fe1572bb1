use std::sync::atomic::{AtomicBool, Ordering};

use datastores::redis::Redis;
use futures::future::try_join_all;
use redis::{ErrorKind, RedisError, Script, ScriptInvocation, ServerErrorKind};

use super::draw::{Draw, Part, Request, merge, parts};
use crate::application::ports::Level;
use crate::domain::BucketKey;

/// The scripts, as Redis runs them.
///
/// A whole batch is one call. A Redis of a cluster refuses that, since a script's keys
/// must lie in one slot; from then on there is one call for each tag, all at once.
pub(super) struct Store {
    redis: Redis,
    take: Script,
    debit: Script,
    by_tag: AtomicBool,
}

impl Store {
    pub(super) fn new(redis: Redis) -> Self {
        Self {
            redis,
            take: Script::new(include_str!("take.lua")),
            debit: Script::new(include_str!("debit.lua")),
            by_tag: AtomicBool::new(false),
        }
    }

    /// Takes for each request, in their order; answers in the same order.
    pub(super) async fn take(&self, requests: &[Request]) -> Result<Vec<Vec<Level>>, RedisError> {
        if self.at_once() {
            match self.take_together(requests).await {
                Err(error) if crosses_slots(&error) => self.divide(),
                answer => return answer,
            }
        }
        self.take_by_tag(requests).await
    }

    /// Takes what was spent already, or puts it back.
    pub(super) async fn debit(&self, draws: &[Draw]) -> Result<(), RedisError> {
        if self.at_once() {
            match self.debit_together(draws).await {
                Err(error) if crosses_slots(&error) => self.divide(),
                answer => return answer,
            }
        }
        let parts = parts(&[draws.to_vec()]);
        try_join_all(parts.iter().map(|part| self.debit_together(&part.draws))).await?;
        Ok(())
    }

    fn at_once(&self) -> bool {
        !self.by_tag.load(Ordering::Relaxed)
    }

    /// Nothing has run: such a call is refused before it begins.
    fn divide(&self) {
        if !self.by_tag.swap(true, Ordering::Relaxed) {
            tracing::info!("redis was found to be a cluster; buckets are asked for by slot");
        }
    }

    async fn take_together(&self, requests: &[Request]) -> Result<Vec<Vec<Level>>, RedisError> {
        let mut invocation = self.take.prepare_invoke();
        invocation.arg(requests.len());
        for request in requests {
            invocation.arg(request.len());
        }
        for draw in requests.iter().flatten() {
            append(draw, &mut invocation);
        }
        let mut connection = self.redis.shared();
        let reply: Vec<i64> = invocation.invoke_async(&mut connection).await?;
        let mut levels = reply.chunks_exact(2).map(level);
        let of = |request: &Request| levels.by_ref().take(request.len()).collect();
        Ok(requests.iter().map(of).collect())
    }

    async fn debit_together(&self, draws: &[Draw]) -> Result<(), RedisError> {
        let mut invocation = self.debit.prepare_invoke();
        for draw in draws {
            append(draw, &mut invocation);
        }
        invocation.invoke_async(&mut self.redis.shared()).await
    }

    /// One call for each tag. A request whose buckets have several tags is several parts:
    /// if one is refused, what the others took is put back.
    async fn take_by_tag(&self, requests: &[Request]) -> Result<Vec<Vec<Level>>, RedisError> {
        let parts = parts(requests);
        let calls = parts.chunk_by(|one, next| one.tag == next.tag);
        let calls = calls.map(|parts| self.take_parts(parts));
        let taken = try_join_all(calls).await?.concat();
        let taken: Vec<_> = parts.iter().zip(taken).collect();
        let (levels, back) = merge(requests, &taken);
        if !back.is_empty()
            && let Err(error) = self.debit(&back).await
        {
            tracing::debug!(error.message = %error, "tokens were not put back");
        }
        Ok(levels)
    }

    async fn take_parts(&self, parts: &[Part]) -> Result<Vec<Vec<Level>>, RedisError> {
        let requests: Vec<_> = parts.iter().map(|part| part.draws.clone()).collect();
        self.take_together(&requests).await
    }
}

fn crosses_slots(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::CrossSlot)
}

fn append(draw: &Draw, invocation: &mut ScriptInvocation<'_>) {
    invocation
        .key(redis_key(draw.key))
        .arg(draw.bucket.interval_us())
        .arg(draw.bucket.capacity_us())
        .arg(draw.tokens);
}

fn redis_key(key: BucketKey) -> String {
    format!("storyloom:rl:{key}")
}

fn level(reply: &[i64]) -> Level {
    let number = |index: usize| reply.get(index).copied().unwrap_or(-1);
    Level {
        allowed: number(1) == 0,
        full_in_us: u64::try_from(number(0)).unwrap_or(0),
        retry_in_us: u64::try_from(number(1)).ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::time::Duration;

    use kernel::TokenBucket;

    use super::*;

    fn draw(rule: &str, principal: &str) -> Draw {
        Draw {
            key: BucketKey::of("storyloom", rule, &[principal]),
            bucket: TokenBucket::new(5, Duration::from_mins(1), 5),
            tokens: 1,
        }
    }

    /// Redis Cluster itself says which slot a key has.
    #[tokio::test]
    async fn the_keys_of_one_call_lie_in_one_slot() {
        let server = testkit::Redis::start_cluster().await;
        let requests: Vec<_> = (0..100)
            .map(|number| {
                let network = format!("2001:db8:{number:x}::");
                vec![
                    draw("login", &format!("{network}/64")),
                    draw("login-48", &format!("{network}/48")),
                    draw("other", &format!("{network}7/64")),
                    draw("login", &format!("reader-{number}")),
                ]
            })
            .collect();
        let mut slots = BTreeMap::<u8, BTreeSet<String>>::new();
        for part in parts(&requests) {
            for draw in part.draws {
                let key = redis_key(draw.key);
                let slot = server.cli(&["CLUSTER", "KEYSLOT", &key]).await;
                slots.entry(part.tag).or_default().insert(slot);
            }
        }
        assert!(slots.len() > 100, "they are spread: {}", slots.len());
        assert!(slots.values().all(|slots| slots.len() == 1), "{slots:?}");
    }
}
