use serde::Serialize;
use time::OffsetDateTime;

use crate::Queue;

/// How a queue stands. A number that could not be learned is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StreamStats {
    /// The stream.
    pub stream: String,
    /// Entries that no worker has read.
    pub lag: Option<u64>,
    /// Entries that workers have in hand.
    pub pending: Option<u64>,
    /// For how long the oldest due job has waited.
    pub oldest_ms: Option<i64>,
    /// Jobs that wait, due or not; counted up to 100,000.
    pub ready: Option<i64>,
    /// Of those, jobs that are due later; counted up to 100,000.
    pub delayed: Option<i64>,
    /// Jobs that are due and published.
    pub queued: Option<i64>,
    /// Jobs that a worker holds.
    pub running: Option<i64>,
    /// Jobs of a kind that no worker knew.
    pub parked: Option<i64>,
    /// Jobs that were given up.
    pub dead: Option<i64>,
    /// How many jobs the live workers can do at once.
    pub slots: Option<i64>,
    /// The pause, if it is paused.
    pub paused: Option<PauseStats>,
}

/// Why a queue stands still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PauseStats {
    /// From then on one job is tried at a time.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
    /// What whoever paused it had to say.
    pub reason: String,
}

pub(crate) async fn collect(queue: &Queue) -> StreamStats {
    let group = queue.stream.group().await.ok().flatten();
    let ledger = count(queue).await.ok();
    let ledger = ledger.as_ref();
    StreamStats {
        stream: queue.spec.stream(),
        lag: group.as_ref().and_then(|group| group.lag),
        pending: group.as_ref().map(|group| group.pending),
        oldest_ms: ledger.map(|ledger| ledger.oldest_ms),
        ready: ledger.map(|ledger| ledger.ready),
        delayed: ledger.map(|ledger| ledger.delayed),
        queued: ledger.map(|ledger| ledger.queued),
        running: ledger.map(|ledger| ledger.running),
        parked: ledger.map(|ledger| ledger.parked),
        dead: ledger.map(|ledger| ledger.dead),
        slots: ledger.map(|ledger| ledger.slots),
        paused: pause(queue).await.ok().flatten(),
    }
}

async fn pause(queue: &Queue) -> Result<Option<PauseStats>, sqlx::Error> {
    sqlx::query_as!(
        PauseStats,
        "select paused_until as until, reason from queue_states where queue = $1",
        queue.spec.lane,
    )
    .fetch_optional(&queue.pool)
    .await
}

struct Counts {
    ready: i64,
    delayed: i64,
    queued: i64,
    running: i64,
    parked: i64,
    dead: i64,
    slots: i64,
    oldest_ms: i64,
}

async fn count(queue: &Queue) -> Result<Counts, sqlx::Error> {
    sqlx::query_file_as!(
        Counts,
        "queries/count.sql",
        queue.spec.lane,
        queue.settings.lease_ms.millis().as_secs_f64(),
    )
    .fetch_one(&queue.pool)
    .await
}
