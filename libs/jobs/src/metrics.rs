use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry,
};

use crate::stats::StreamStats;

/// What relay and pool count. Nothing is shown before it is registered.
pub(crate) struct Metrics {
    /// Ends of tries, by kind and outcome.
    pub ended: IntCounterVec,
    /// How long tries took, by kind.
    pub duration: HistogramVec,
    /// How many tries jobs took that are done or dead, by kind.
    pub attempts: HistogramVec,
    pub published: IntCounter,
    /// How long after they were due jobs were published.
    pub publish_delay: Histogram,
    /// Tries that took their worker along, or panicked, by kind.
    pub crashes: IntCounterVec,
    /// Jobs that were brought back, by what was found.
    pub repaired: IntCounterVec,
    pub garbage: IntCounter,
    /// Pauses that began because something was down.
    pub breaks: IntCounter,
    lag: IntGauge,
    pending: IntGauge,
    oldest: IntGauge,
    slots: IntGauge,
    delayed: IntGauge,
    paused: IntGauge,
    /// Jobs in the ledger, by state.
    jobs: IntGaugeVec,
}

const TRIES: [f64; 7] = [1.0, 2.0, 3.0, 4.0, 5.0, 8.0, 16.0];

/// From a relay that is woken to a backlog of an hour.
const DELAYS: [f64; 9] = [0.005, 0.02, 0.1, 0.3, 1.0, 5.0, 60.0, 600.0, 3600.0];

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
        let attempts = opts("attempts", "Tries that jobs took which are done or dead.");
        let attempts = HistogramOpts::from(attempts).buckets(TRIES.to_vec());
        let delay = opts(
            "publish_delay_seconds",
            "How long after they were due jobs were published.",
        );
        let delay = HistogramOpts::from(delay).buckets(DELAYS.to_vec());
        Ok(Self {
            ended: counters("ended_total", "Tries that ended.", &["kind", "outcome"])?,
            duration: HistogramVec::new(duration, &["kind"])?,
            attempts: HistogramVec::new(attempts, &["kind"])?,
            published: counter("published_total", "Entries put into the stream.")?,
            publish_delay: Histogram::with_opts(delay)?,
            crashes: counters(
                "crashes_total",
                "Tries that took their worker along, or panicked.",
                &["kind"],
            )?,
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
            delayed: gauge(
                "delayed",
                "Jobs that are due later; they are ready as well.",
            )?,
            paused: gauge("paused", "1 while nothing but a probe is published.")?,
            jobs: IntGaugeVec::new(opts("rows", "Jobs in the ledger."), &["state"])?,
        })
    }

    pub fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        registry.register(Box::new(self.ended.clone()))?;
        registry.register(Box::new(self.duration.clone()))?;
        registry.register(Box::new(self.attempts.clone()))?;
        registry.register(Box::new(self.published.clone()))?;
        registry.register(Box::new(self.publish_delay.clone()))?;
        registry.register(Box::new(self.crashes.clone()))?;
        registry.register(Box::new(self.repaired.clone()))?;
        registry.register(Box::new(self.garbage.clone()))?;
        registry.register(Box::new(self.breaks.clone()))?;
        let gauges = [
            &self.lag,
            &self.pending,
            &self.oldest,
            &self.slots,
            &self.delayed,
            &self.paused,
        ];
        for gauge in gauges {
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
            (&self.delayed, stats.delayed),
            // Known where the ledger is.
            (
                &self.paused,
                stats.ready.map(|_| stats.paused.is_some().into()),
            ),
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
