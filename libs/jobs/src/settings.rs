use serde::Deserialize;
use settings::Within;

/// Limits and times of jobs; alike in every role of a service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How many jobs a worker does at once.
    pub slots: Within<1, 1024>,
    /// How long a claim holds without a heartbeat.
    pub lease_ms: Within<100, 600_000>,
    /// How often a worker says that it lives.
    pub heartbeat_ms: Within<10, 200_000>,
    /// How often the relay looks for what crashes left behind.
    pub reaper_ms: Within<10, 60_000>,
    /// How often the relay looks for due jobs when nobody wakes it.
    pub poll_ms: Within<10, 60_000>,
    /// How long a worker's read of the stream may wait for an entry.
    pub block_ms: Within<10, 1000>,
    /// After how long without a sign of life an entry counts as abandoned; above the lease.
    pub idle_ms: Within<100, 600_000>,
    /// How often a job is tried.
    pub max_attempts: Within<1, 1000>,
    /// How many crashes of its worker a job may see.
    pub max_crashes: Within<1, 1000>,
    /// The first wait after a failed attempt; the next ones are three times as long each.
    pub backoff_ms: Within<1, 60_000>,
    /// The longest wait after a failed attempt.
    pub backoff_cap_ms: Within<1, 86_400_000>,
    /// The longest wait for something that is down.
    pub unavailable_cap_ms: Within<1, 3_600_000>,
    /// How long running jobs may go on after the worker was told to stop.
    pub drain_ms: Within<0, 3_600_000>,
    /// How many jobs lie in the stream at least, if there are that many; twice the live
    /// workers' slots if that is more.
    pub window: Within<1, 10_000>,
}
