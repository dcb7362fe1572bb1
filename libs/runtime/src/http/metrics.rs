use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry};

/// What is counted of HTTP requests. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct HttpMetrics {
    requests: IntCounterVec,
    durations: HistogramVec,
    pub(crate) in_flight: IntGauge,
}

/// From a millisecond to the longest that a handler may take.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

impl HttpMetrics {
    pub(crate) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let requests = Opts::new("http_requests_total", "Requests answered.");
        let durations = HistogramOpts::new(
            "http_request_duration_seconds",
            "Time until an answer began.",
        );
        let labels = &["route", "method", "status"];
        let metrics = Self {
            requests: IntCounterVec::new(requests, labels)?,
            durations: HistogramVec::new(durations.buckets(BUCKETS.into()), &labels[..2])?,
            in_flight: IntGauge::new("http_requests_in_flight", "Requests being answered.")?,
        };
        registry.register(Box::new(metrics.requests.clone()))?;
        registry.register(Box::new(metrics.durations.clone()))?;
        registry.register(Box::new(metrics.in_flight.clone()))?;
        Ok(metrics)
    }

    pub(crate) fn count(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        let method = known(method);
        let labels = [route, method, status.as_str()];
        self.requests.with_label_values(&labels).inc();
        let duration = self.durations.with_label_values(&[route, method]);
        duration.observe(took.as_secs_f64());
    }
}

/// Clients may invent methods, so those are counted as one.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
