//! Rules that hold whatever the database or the wire looks like.

pub mod storyteller;
pub mod wish;
