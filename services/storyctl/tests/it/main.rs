//! The tool as a process.

#[cfg(test)]
mod signals;
