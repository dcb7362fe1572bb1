//! Rules that hold whatever the database or the wire looks like.

#[cfg(test)]
pub mod fixtures;
pub mod story;
pub mod storyteller;
pub mod wish;
