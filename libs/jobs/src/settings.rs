use std::ops::Deref;

use serde::Deserialize;
use settings::Within;

/// Limits and times of jobs that fit together; alike in every role of a service.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Limits")]
pub struct Settings(Limits);

impl Deref for Settings {
    type Target = Limits;

    fn deref(&self) -> &Limits {
        &self.0
    }
}

impl TryFrom<Limits> for Settings {
    type Error = String;

    /// A worker must have two more chances to prolong its claims when a heartbeat fails, and an
    /// entry must not count as abandoned while its claim holds.
    fn try_from(limits: Limits) -> Result<Self, String> {
        let (lease, heartbeat) = (limits.lease_ms, limits.heartbeat_ms);
        if heartbeat.get() > lease.get() / 3 {
            return Err(format!(
                "heartbeat_ms must be at most a third of lease_ms, which is {lease}, not {heartbeat}"
            ));
        }
        let idle = limits.idle_ms;
        if idle.get() <= lease.get() {
            return Err(format!(
                "idle_ms must be above lease_ms, which is {lease}, not {idle}"
            ));
        }
        Ok(Self(limits))
    }
}

/// Each limit and time by itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
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
    /// How many tries in a row find that something they need is down, before the lane is paused.
    pub breaker_after: Within<1, 10_000>,
    /// How long jobs that are done or cancelled are remembered.
    pub keep_hours: Within<48, 87_600>,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn defaults() -> Value {
        serde_json::from_str(include_str!("../tests/defaults.json")).unwrap()
    }

    impl Settings {
        /// The values that services use by default.
        pub(crate) fn default_for_tests() -> Self {
            serde_json::from_value(defaults()).unwrap()
        }
    }

    #[track_caller]
    fn refused(key: &str, value: u64, named: &str) {
        let mut settings = defaults();
        settings[key] = json!(value);
        let refusal = serde_json::from_value::<Settings>(settings).unwrap_err();
        assert!(refusal.to_string().contains(named), "{refusal}");
    }

    #[test]
    fn times_that_do_not_fit_together_are_refused() {
        refused(
            "heartbeat_ms",
            3_334,
            "at most a third of lease_ms, which is 10000, not 3334",
        );
        refused("idle_ms", 10_000, "above lease_ms");
        refused("block_ms", 1_001, "between 10 and 1000");
        refused("unheard_of", 1, "unknown field");
    }
}
