//! The outside world, one folder per technology.

pub mod argon2;
pub mod chance;
pub mod grpc;
pub mod http;
pub mod jwt;
pub mod postgres;
pub mod redis;
