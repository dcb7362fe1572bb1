use std::collections::{BTreeMap, BTreeSet};

use kernel::TokenBucket;

use crate::application::ports::Level;
use crate::domain::{BucketKey, Debit, Limit};

/// Tokens to take from one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Draw {
    pub(super) key: BucketKey,
    pub(super) bucket: TokenBucket,
    pub(super) tokens: i64,
}

/// What one request takes: from every bucket, or from none.
pub(super) type Request = Vec<Draw>;

/// What a request takes from the buckets of one tag.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) tag: u8,
    pub(super) draws: Request,
    /// Which of all requests, and which of its draws.
    request: usize,
    places: Vec<usize>,
}

impl From<&Limit> for Draw {
    fn from(limit: &Limit) -> Self {
        Self {
            key: limit.key,
            bucket: limit.bucket,
            tokens: limit.cost.into(),
        }
    }
}

impl From<&Debit> for Draw {
    fn from(debit: &Debit) -> Self {
        Self {
            key: debit.key,
            bucket: debit.bucket,
            tokens: debit.tokens.into(),
        }
    }
}

impl Draw {
    /// What puts the tokens back.
    fn back(self) -> Self {
        Self {
            tokens: -self.tokens,
            ..self
        }
    }

    fn filling_us(self) -> u64 {
        let tokens = self.tokens.unsigned_abs();
        self.bucket.interval_us().saturating_mul(tokens)
    }
}

/// The parts of requests, those of one tag next to each other.
pub(super) fn parts(requests: &[Request]) -> Vec<Part> {
    let mut parts = BTreeMap::new();
    for (request, draws) in requests.iter().enumerate() {
        for (place, draw) in draws.iter().enumerate() {
            let tag = draw.key.tag();
            let part = parts.entry((tag, request)).or_insert_with(|| Part {
                tag,
                draws: Vec::new(),
                request,
                places: Vec::new(),
            });
            part.draws.push(*draw);
            part.places.push(place);
        }
    }
    parts.into_values().collect()
}

/// What became of each request, and what must be put back because another part of the
/// same request was refused.
pub(super) fn merge(
    requests: &[Request],
    taken: &[(&Part, Vec<Level>)],
) -> (Vec<Vec<Level>>, Request) {
    let passed = |levels: &[Level]| levels.iter().all(|level| level.allowed);
    let refused: BTreeSet<_> = taken
        .iter()
        .filter(|(_, levels)| !passed(levels))
        .map(|(part, _)| part.request)
        .collect();
    let mut merged: Vec<BTreeMap<_, _>> = vec![BTreeMap::new(); requests.len()];
    let mut back = Vec::new();
    for (part, levels) in taken {
        let mut levels = levels.clone();
        if refused.contains(&part.request) && passed(&levels) {
            for (draw, level) in part.draws.iter().zip(&mut levels) {
                back.push(draw.back());
                level.full_in_us = level.full_in_us.saturating_sub(draw.filling_us());
            }
        }
        if let Some(merged) = merged.get_mut(part.request) {
            merged.extend(part.places.iter().copied().zip(levels));
        }
    }
    let levels = merged.into_iter().map(|it| it.into_values().collect());
    (levels.collect(), back)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn draw(principal: &str) -> Draw {
        Draw {
            key: BucketKey::of("test", "login", &[principal]),
            bucket: TokenBucket::new(5, Duration::from_mins(1), 5),
            tokens: 1,
        }
    }

    fn level(allowed: bool, full_in_us: u64) -> Level {
        Level {
            allowed,
            full_in_us,
            retry_in_us: Some(0),
        }
    }

    #[test]
    fn parts_of_one_tag_stand_together_and_find_back() {
        let (a, b) = (draw("a"), draw("b"));
        assert_ne!(a.key.tag(), b.key.tag());
        let requests = [vec![a, b, a], vec![b]];
        let parts = parts(&requests);
        let sizes: Vec<_> = parts
            .chunk_by(|one, next| one.tag == next.tag)
            .map(|same| same.iter().map(|part| part.draws.len()).collect::<Vec<_>>())
            .collect();
        let mut expected = [(a.key.tag(), vec![2]), (b.key.tag(), vec![1, 1])];
        expected.sort();
        assert_eq!(sizes, expected.map(|(_, sizes)| sizes));

        let full_in = |draw: &Draw| level(true, draw.key.tag().into());
        let taken = |part: &Part| part.draws.iter().map(full_in).collect();
        let taken = parts.iter().map(taken);
        let taken: Vec<(_, Vec<_>)> = parts.iter().zip(taken).collect();
        let (levels, back) = merge(&requests, &taken);
        assert_eq!(
            levels,
            requests.map(|draws| draws.iter().map(full_in).collect::<Vec<_>>())
        );
        assert_eq!(back, []);
    }

    #[test]
    fn what_a_refused_request_took_is_put_back() {
        let (a, b) = (draw("a"), draw("b"));
        let requests = [vec![a, b], vec![a]];
        let parts = parts(&requests);
        let full = a.bucket.interval_us();
        let taken = parts
            .iter()
            .map(|part| vec![level(part.tag == a.key.tag(), full)]);
        let taken: Vec<(_, Vec<_>)> = parts.iter().zip(taken).collect();
        let (levels, back) = merge(&requests, &taken);
        assert_eq!(back, [a.back()]);
        assert_eq!(levels[0], [level(true, 0), level(false, full)]);
        assert_eq!(levels[1], [level(true, full)]);
    }
}
