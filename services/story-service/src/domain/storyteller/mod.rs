//! The built-in storyteller: authored plots, a planner, and checks that every story must pass.
//!
//! Pure: a grammar, a wish and a seed make a story, and always the same one.

mod alt;
mod casting;
mod character;
mod check;
mod clause;
mod defaults;
mod draft;
mod edges;
mod finish;
mod flags;
mod grade;
mod grammar;
mod marks;
mod measure;
mod nouns;
mod outline;
mod place;
mod question;
#[cfg(test)]
mod reach;
mod render;
mod rescue;
mod rng;
mod stage;
mod story;
mod tell;
mod theme;
#[cfg(test)]
mod theme_tests;
mod token;
mod trail;
mod voice;
mod wording;

pub use alt::{Alt, Symbols};
pub use check::{Finding, check, word_count};
pub use defaults::WishDefaults;
pub use flags::{FlagList, FlagNames};
pub use grade::{highest_grade, reading_grade};
pub use grammar::{Beat, Defaults, Grammar, KindWords, PickOption, PlaceWords, Plot, Pools, Slot};
pub use marks::{Condition, Lends};
#[cfg(test)]
pub use reach::reachable;
pub use story::{PlannedBeat, Scene, Story, StoryPlan, StoryText, Untold, sentences};
#[cfg(test)]
pub use tell::ENGINE;
pub use tell::{plan, tell};
pub use theme::{Shape, ThemePronoun, ThemeWords};
