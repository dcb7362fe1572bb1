use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jobs::{Point, Probe};
use testkit::eventually_true;

use crate::bench::SOON;

/// Counts how often a relay or a worker comes by each point, so that a test can let it try
/// again and again instead of letting time go by.
#[derive(Default)]
pub struct Rounds(Mutex<HashMap<Point, usize>>);

impl Rounds {
    pub fn counted() -> Arc<Self> {
        Arc::default()
    }

    /// Waits until it came by so many times more than until now. What it does on its way from
    /// there may be under way the last time; all earlier times, it is over.
    #[track_caller]
    pub fn further(&self, point: Point, times: usize) -> impl Future<Output = ()> {
        let enough = self.count(point) + times;
        eventually_true("further rounds", SOON, async move || {
            self.count(point) >= enough
        })
    }

    fn count(&self, point: Point) -> usize {
        self.0.lock().unwrap().get(&point).copied().unwrap_or(0)
    }
}

#[async_trait]
impl Probe for Rounds {
    async fn at(&self, point: Point) {
        *self.0.lock().unwrap().entry(point).or_default() += 1;
    }
}
