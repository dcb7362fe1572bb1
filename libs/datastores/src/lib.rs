//! PostgreSQL and Redis, connected as the settings say.
#![warn(missing_docs)]

mod bootstrap;
pub mod postgres;
pub mod redis;
mod schema;

pub use bootstrap::BootstrapSettings;
pub use schema::{Behind, MigrateSettings, Schema, SchemaError};
