//! Envoy's rate limit service v3.

mod answer;
mod service;

pub use service::RateLimitServer;
