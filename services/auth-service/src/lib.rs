//! Accounts: who somebody is, proved by a code and a password, and for how long.
//!
//! `domain` holds the rules, `application` the use cases and the ports they
//! need, `adapters` the outside world, `app` puts them together.

pub mod adapters;
pub mod app;
pub mod application;
pub mod domain;
pub mod settings;
