//! PostgreSQL and Redis, connected as the settings say.
#![warn(missing_docs)]

pub mod postgres;
pub mod redis;
