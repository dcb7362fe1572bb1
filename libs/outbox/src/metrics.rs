use prometheus::{IntCounterVec, IntGauge, Opts, Registry};

use crate::OutboxStats;

/// What the relay counts. Nothing is shown before it is registered.
pub(crate) struct Metrics {
    /// Ends of deliveries, by topic and outcome.
    pub ended: IntCounterVec,
    waiting: IntGauge,
    oldest: IntGauge,
}

impl Default for Metrics {
    #[expect(
        clippy::expect_used,
        reason = "names and labels are constants, valid ones"
    )]
    fn default() -> Self {
        Self::try_new().expect("names and labels are valid")
    }
}

impl Metrics {
    fn try_new() -> Result<Self, prometheus::Error> {
        let ended = Opts::new("storyloom_outbox_ended_total", "Deliveries that ended.");
        let waiting = Opts::new("storyloom_outbox_waiting", "Messages on their way.");
        let oldest = Opts::new(
            "storyloom_outbox_oldest_milliseconds",
            "How long the oldest message has waited.",
        );
        Ok(Self {
            ended: IntCounterVec::new(ended, &["topic", "outcome"])?,
            waiting: IntGauge::with_opts(waiting)?,
            oldest: IntGauge::with_opts(oldest)?,
        })
    }

    pub fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        registry.register(Box::new(self.ended.clone()))?;
        registry.register(Box::new(self.waiting.clone()))?;
        registry.register(Box::new(self.oldest.clone()))
    }

    pub fn show(&self, stats: &OutboxStats) {
        self.waiting.set(stats.waiting);
        self.oldest.set(stats.oldest_ms);
    }
}
