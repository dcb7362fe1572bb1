use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use jobs::{Point, Probe};
use testkit::eventually_true;
use tokio_util::sync::CancellationToken;

use crate::bench::SOON;

/// Freezes whoever comes to one of the points, until it thaws.
pub struct Freeze {
    points: Vec<Point>,
    frozen: AtomicUsize,
    thawed: CancellationToken,
}

impl Freeze {
    pub fn at(points: &[Point]) -> Arc<Self> {
        Arc::new(Self {
            points: points.to_vec(),
            frozen: AtomicUsize::new(0),
            thawed: CancellationToken::new(),
        })
    }

    /// Waits until somebody is frozen.
    #[track_caller]
    pub fn hit(&self) -> impl Future<Output = ()> {
        eventually_true("frozen process", SOON, async || {
            self.frozen.load(Ordering::SeqCst) > 0
        })
    }

    pub fn thaw(&self) {
        self.thawed.cancel();
    }
}

#[async_trait]
impl Probe for Freeze {
    async fn at(&self, point: Point) {
        if self.points.contains(&point) {
            self.frozen.fetch_add(1, Ordering::SeqCst);
            self.thawed.cancelled().await;
        }
    }
}
