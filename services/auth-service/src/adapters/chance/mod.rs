//! Chance, from the operating system.

use crate::application::ports::Chance;

/// A generator that is seeded, and seeded again, by the operating system.
pub struct SystemChance;

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) {
        rand::fill(bytes);
    }
}
