//! The outside world, one folder per technology.

pub mod postgres;
pub mod smtp;
