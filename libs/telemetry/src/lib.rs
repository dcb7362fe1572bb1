//! What a process tells about itself: log lines in the Elastic Common Schema, and traces.
//!
//! Every span has a trace id, whether traces are exported or not.
#![warn(missing_docs)]

mod export;
mod fields;
mod layer;
mod line;
mod names;
mod redact;
mod settings;
mod setup;
#[cfg(test)]
mod tests;
mod trace;
mod writer;

pub use settings::{Environment, Format, Level, Settings};
pub use setup::{Guard, InitError, Origin, init};
pub use trace::{adopt, traceparent};
pub use writer::dropped_lines;
