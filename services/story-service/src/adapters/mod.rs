//! The outside world: REST, gRPC and jobs in, PostgreSQL, Redis and the texts out.

pub mod builtin;
pub mod grpc;
pub mod http;
pub mod postgres;
pub mod redis;
pub mod streams;
