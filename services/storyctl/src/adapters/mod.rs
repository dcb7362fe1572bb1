//! The outside world.

pub mod chance;
pub mod files;
pub mod http;
pub mod kubernetes;
pub mod terminal;
