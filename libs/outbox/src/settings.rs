use serde::Deserialize;
use settings::Within;

/// Limits and times of the hand-over to other services.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How often the relay looks for messages when nobody wakes it.
    pub poll_ms: Within<10, 60_000>,
    /// How many deliveries are under way at once.
    pub concurrency: Within<1, 256>,
    /// How long a delivery may take before it counts as failed.
    pub timeout_ms: Within<10, 120_000>,
    /// The longest wait before the next try.
    pub backoff_cap_ms: Within<1, 3_600_000>,
    /// A message that could not be delivered for this long is an error in the log.
    pub alert_after_ms: Within<1, 86_400_000>,
    /// How long delivered messages are kept.
    pub keep_ms: Within<1, 2_592_000_000>,
}
