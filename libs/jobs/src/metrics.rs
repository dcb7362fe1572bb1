use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

use crate::stats::StreamStats;

/// What relay and pool count. Nothing is shown before it is registered.
pub(crate) struct Metrics {
    /// Ends of tries, by kind and outcome.
    pub ended: IntCounterVec,
    /// How long tries took, by kind.
    pub duration: HistogramVec,
    pub published: IntCounter,
    /// Jobs that were brought back, by what was found.
    pub repaired: IntCounterVec,
    pub garbage: IntCounter,
    /// Pauses that began because something was down.
    pub breaks: IntCounter,
    lag: IntGauge,
    pending: IntGauge,
    oldest: IntGauge,
    slots: IntGauge,
    /// Jobs in the ledger, by state.
    jobs: IntGaugeVec,
}

/// Up to a story that a slow model writes.
const SECONDS: [f64; 10] = [0.005, 0.02, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 180.0, 600.0];

impl Metrics {
    #[expect(
        clippy::expect_used,
        reason = "names and labels are constants, valid ones"
    )]
    pub fn new(lane: &str) -> Self {
        Self::try_new(lane).expect("names and labels are valid")
    }

    fn try_new(lane: &str) -> Result<Self, prometheus::Error> {
        let opts = |name: &str, help: &str| {
            Opts::new(format!("storyloom_jobs_{name}"), help).const_label("lane", lane)
        };
        let gauge = |name, help| IntGauge::with_opts(opts(name, help));
        let counter = |name, help| IntCounter::with_opts(opts(name, help));
        let counters = |name, help, labels: &[&str]| IntCounterVec::new(opts(name, help), labels);
        let duration = opts("duration_seconds", "How long tries took.");
        let duration = HistogramOpts::from(duration).buckets(SECONDS.to_vec());
        Ok(Self {
            ended: counters("ended_total", "Tries that ended.", &["kind", "outcome"])?,
            duration: HistogramVec::new(duration, &["kind"])?,
            published: counter("published_total", "Entries put into the stream.")?,
            repaired: counters("repaired_total", "Jobs brought back.", &["found"])?,
            garbage: counter("garbage_total", "Entries that no job belongs to.")?,
            breaks: counter(
                "breaks_total",
                "Pauses that began because something was down.",
            )?,
            lag: gauge("lag", "Entries that no worker has read.")?,
            pending: gauge("pending", "Entries that workers have in hand.")?,
            oldest: gauge(
                "oldest_milliseconds",
                "How long the oldest due job has waited.",
            )?,
            slots: gauge("slots", "How many jobs the live workers can do at once.")?,
            jobs: IntGaugeVec::new(opts("rows", "Jobs in the ledger."), &["state"])?,
        })
    }

    pub fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        registry.register(Box::new(self.ended.clone()))?;
        registry.register(Box::new(self.duration.clone()))?;
        registry.register(Box::new(self.published.clone()))?;
        registry.register(Box::new(self.repaired.clone()))?;
        registry.register(Box::new(self.garbage.clone()))?;
        registry.register(Box::new(self.breaks.clone()))?;
        for gauge in [&self.lag, &self.pending, &self.oldest, &self.slots] {
            registry.register(Box::new(gauge.clone()))?;
        }
        registry.register(Box::new(self.jobs.clone()))
    }

    /// Shows the numbers that are known; others keep what they were.
    pub fn show(&self, stats: &StreamStats) {
        let count = |number: Option<u64>| number.and_then(|number| i64::try_from(number).ok());
        let gauges = [
            (&self.lag, count(stats.lag)),
            (&self.pending, count(stats.pending)),
            (&self.oldest, stats.oldest_ms),
            (&self.slots, stats.slots),
        ];
        for (gauge, value) in gauges {
            if let Some(value) = value {
                gauge.set(value);
            }
        }
        let rows = [
            ("ready", stats.ready),
            ("queued", stats.queued),
            ("running", stats.running),
            ("parked", stats.parked),
            ("dead", stats.dead),
        ];
        for (state, value) in rows {
            if let Some(value) = value {
                self.jobs.with_label_values(&[state]).set(value);
            }
        }
    }
}
