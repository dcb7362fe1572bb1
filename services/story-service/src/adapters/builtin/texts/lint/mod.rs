//! The grammar's own checks: what a reviewer would otherwise have to find by reading.

mod hard;
mod reach;
mod requests;
mod telling;
mod texts;
mod variety;

use crate::domain::storyteller::Grammar;

/// The grammar, read once for all tests.
fn grammar() -> &'static Grammar {
    static GRAMMAR: std::sync::OnceLock<Grammar> = std::sync::OnceLock::new();
    GRAMMAR.get_or_init(|| super::grammar().unwrap())
}

/// The grammar with one plot alone.
fn only(plot: &str) -> Grammar {
    let mut grammar = grammar().clone();
    grammar.plots.retain(|known| known.id == plot);
    grammar
}
