use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Everything that runs in the background. Shutdown waits for all of it. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    ending: CancellationToken,
    stopping: CancellationToken,
    failed: Arc<AtomicBool>,
}

impl Tasks {
    /// Runs a task that comes to its own end soon. What it panics with is logged.
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(future);
    }

    /// Runs a task that must go on until [`Tasks::stopping`] fires. If it ends before, the
    /// whole process stops with an error, so that it is started anew.
    pub fn keep(&self, name: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        let alarm = Alarm {
            name,
            tasks: self.clone(),
        };
        let kept = async move {
            future.await;
            drop(alarm);
        };
        self.tracker.spawn(kept);
    }

    /// Fires when background work is to end: after the drain time of a shutdown.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Fires when the process has been asked to end, before the drain time.
    pub fn ending(&self) -> CancellationToken {
        self.ending.clone()
    }

    /// Asks the process to end, as SIGTERM does.
    pub fn end(&self) {
        self.ending.cancel();
    }

    /// Whether a kept task ended too early.
    pub(crate) fn failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// Tells background work to end and waits for it.
    pub(crate) async fn stop(&self) {
        self.stopping.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }

    /// How many tasks have not ended.
    pub(crate) fn count(&self) -> usize {
        self.tracker.len()
    }
}

/// Sounds when a kept task ends, by whatever way, while it should go on.
struct Alarm {
    name: &'static str,
    tasks: Tasks,
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if !self.tasks.stopping.is_cancelled() {
            tracing::error!(task = self.name, "a task ended that must go on");
            self.tasks.failed.store(true, Ordering::Release);
            self.tasks.end();
        }
    }
}
