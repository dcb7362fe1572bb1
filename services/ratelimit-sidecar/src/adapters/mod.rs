//! The outside world: gRPC in, Redis and the rules file out.

pub mod files;
pub mod grpc;
pub mod redis;
