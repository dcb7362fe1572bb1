//! The built-in storyteller: its texts, which are part of the binary, and the port that it writes behind.

mod texts;
mod writer;

pub use texts::{GrammarError, grammar, wish_defaults};
pub use writer::BuiltinWriter;
