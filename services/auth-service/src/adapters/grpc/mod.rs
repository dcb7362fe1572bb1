//! gRPC: what other services ask us.

mod server;

pub use server::{AuthServer, METHODS};
