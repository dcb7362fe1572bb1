//! Files that operators write.

mod plan;

pub use plan::read_plan;
