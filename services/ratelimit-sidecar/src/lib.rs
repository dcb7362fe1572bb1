//! Rate limits: a token bucket in Redis behind Envoy's rate limit service v3.
//!
//! `domain` holds the rules, `application` the use case and the ports it needs,
//! `adapters` the outside world, `app` puts them together.

pub mod adapters;
pub mod app;
pub mod application;
pub mod domain;
pub mod settings;
