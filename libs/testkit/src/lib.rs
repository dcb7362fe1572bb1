//! Helpers for tests and developer commands: private servers, a mail sink, an HTTP
//! client, waiting. Never part of a product binary.
#![warn(missing_docs)]

#[cfg(feature = "claim")]
mod claim;
pub mod http;
mod keys;
mod mail;
mod ports;
mod process;
pub mod programs;
mod servers;
#[cfg(feature = "tls")]
mod tls;
mod waiting;

#[cfg(feature = "claim")]
pub use claim::claim;
pub use keys::{random_bytes, random_key, signing_key_pem};
pub use mail::{Answer, Demands, Identity, Login, Mail, MailSink, MailSinkPorts, MailTls, Stage};
pub use ports::free_port;
pub use process::{Process, begun_at, end_group};
pub use servers::{Keeps, Postgres, PostgresPlace, Redis, RedisPlace, ServerUser};
#[cfg(feature = "tls")]
pub use tls::Authority;
pub use waiting::{eventually, eventually_true};
