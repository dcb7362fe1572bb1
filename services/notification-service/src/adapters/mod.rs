//! The outside world, one folder per technology.

pub mod grpc;
pub mod postgres;
pub mod smtp;
pub mod streams;
