//! The use case and the ports it speaks through.

mod check_limits;
pub mod ports;

pub use check_limits::{CheckLimits, Outcome, Verdict};

#[cfg(test)]
mod fakes;
