//! `GET /metrics`: what was registered, and what the process itself is like.

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Counter, Gauge, GaugeVec, IntCounter, IntGauge, Opts};
use tokio::runtime::Handle;

use super::health::Health;
use super::proc::ProcessStats;

/// Collects the statistics of the process each time it is scraped.
pub(crate) struct ProcessCollector {
    health: Health,
    descriptions: Vec<Desc>,
}

impl ProcessCollector {
    pub(crate) fn new(health: Health) -> Result<Self, prometheus::Error> {
        let described = Measured::new()?;
        Ok(Self {
            health,
            descriptions: described.descriptions(),
        })
    }
}

impl Collector for ProcessCollector {
    fn desc(&self) -> Vec<&Desc> {
        self.descriptions.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let measured = Measured::new();
        measured.map(|it| it.fill(&self.health)).unwrap_or_default()
    }
}

struct Measured {
    cpu: Counter,
    rss: IntGauge,
    open_files: IntGauge,
    threads: IntGauge,
    tasks: IntGauge,
    queue: IntGauge,
    lost_lines: IntCounter,
    pools: GaugeVec,
    dependencies: GaugeVec,
}

impl Measured {
    fn new() -> Result<Self, prometheus::Error> {
        let gauge = |name: &str, help: &str| IntGauge::new(name, help);
        Ok(Self {
            cpu: Counter::new("process_cpu_seconds_total", "User and system time spent.")?,
            rss: gauge("process_resident_memory_bytes", "Memory in RAM.")?,
            open_files: gauge("process_open_fds", "Open files and sockets.")?,
            threads: gauge("process_threads", "Threads.")?,
            tasks: gauge("tokio_alive_tasks", "Tasks that have not ended.")?,
            queue: gauge("tokio_global_queue_depth", "Tasks that wait for a worker.")?,
            lost_lines: IntCounter::new("log_dropped_total", "Log lines lost.")?,
            pools: GaugeVec::new(
                Opts::new("pool_size", "Things in a pool, by state."),
                &["pool", "state"],
            )?,
            dependencies: GaugeVec::new(
                Opts::new("dependency_up", "1 if the dependency answers."),
                &["dependency"],
            )?,
        })
    }

    fn parts(&self) -> [&dyn Collector; 9] {
        [
            &self.cpu,
            &self.rss,
            &self.open_files,
            &self.threads,
            &self.tasks,
            &self.queue,
            &self.lost_lines,
            &self.pools,
            &self.dependencies,
        ]
    }

    fn descriptions(&self) -> Vec<Desc> {
        let each = |part: &dyn Collector| part.desc().into_iter().cloned().collect::<Vec<_>>();
        self.parts().into_iter().flat_map(each).collect()
    }

    fn fill(self, health: &Health) -> Vec<MetricFamily> {
        let set = |gauge: &IntGauge, value: Option<u64>| {
            gauge.set(
                value
                    .and_then(|it| i64::try_from(it).ok())
                    .unwrap_or_default(),
            );
        };
        let process = ProcessStats::read();
        self.cpu.inc_by(process.cpu_seconds.unwrap_or_default());
        set(&self.rss, process.rss_bytes);
        set(&self.open_files, process.open_files);
        set(&self.threads, process.threads);
        let runtime = Handle::try_current().map(|handle| handle.metrics());
        if let Ok(runtime) = runtime {
            set(&self.tasks, u64::try_from(runtime.num_alive_tasks()).ok());
            set(
                &self.queue,
                u64::try_from(runtime.global_queue_depth()).ok(),
            );
        }
        self.lost_lines.inc_by(telemetry::dropped_lines());
        for (pool, stats) in health.pools() {
            for (state, value) in [
                ("max", stats.max),
                ("open", stats.open),
                ("idle", stats.idle),
            ] {
                fill_gauge(self.pools.with_label_values(&[pool, state]), value);
            }
        }
        for (name, up) in health.dependencies.up() {
            fill_gauge(self.dependencies.with_label_values(&[name]), u64::from(up));
        }
        let families = self.parts().into_iter().flat_map(Collector::collect);
        families
            .filter(|family| !family.get_metric().is_empty())
            .collect()
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the handle is made for this call"
)]
fn fill_gauge(gauge: Gauge, value: u64) {
    let small = u32::try_from(value).unwrap_or(u32::MAX);
    gauge.set(f64::from(small));
}
