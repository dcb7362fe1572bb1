//! What is spoken to over HTTP: our own REST API, an inbox, Elasticsearch.

mod client;
mod elasticsearch;
#[cfg(test)]
mod elasticsearch_tests;
mod mailpit;
mod rest;

pub use client::HttpClient;
pub use elasticsearch::{Access, Elasticsearch};
pub use mailpit::Mailpit;
pub use rest::RestApi;
