use std::time::Duration;

use kernel::Fence;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::worker::Worker;
use crate::Point;
use crate::ledger::lease::{self, Beat};

/// Says again and again that the worker and its claims live. Never returns.
pub(crate) async fn run(worker: &Worker) {
    let period = worker.queue.settings.heartbeat_ms.millis();
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        worker.probe.at(Point::BeforeHeartbeat).await;
        beat(worker, period).await;
    }
}

/// A beat that hangs is worth no more than one that fails: the next may get through.
async fn beat(worker: &Worker, period: Duration) {
    match timeout(period, in_ledger(worker)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "claims could not be prolonged"),
        Err(_) => tracing::warn!("claims could not be prolonged in time"),
    }
    let entries = worker.hand.entries();
    if let Err(error) = worker.queue.stream.keep(&worker.name, &entries).await {
        tracing::debug!(%error, "entries could not be kept");
    }
}

async fn in_ledger(worker: &Worker) -> Result<(), sqlx::Error> {
    let queue = &worker.queue;
    let present = lease::Worker {
        name: &worker.name,
        lane: queue.spec.lane,
        slots: queue.settings.slots.small(),
    };
    lease::present(&queue.pool, &present).await?;
    let fences = worker.hand.fences();
    if fences.is_empty() {
        return Ok(());
    }
    let beats = lease::prolong(&queue.pool, queue.settings.lease_ms.millis(), &fences).await?;
    for (fence, beat) in beats {
        if beat != Beat::Ours {
            stop(worker, &fence, beat);
        }
    }
    Ok(())
}

/// Also heard for a job that ended a moment ago; then there is nothing to stop.
fn stop(worker: &Worker, fence: &Fence, beat: Beat) {
    tracing::debug!(job.id = %fence.job(), why = ?beat, "work was told to stop");
    worker.hand.cancel(fence);
}
