use std::collections::HashMap;

/// A set of flags, a bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags([u64; Flags::WORDS]);

impl Flags {
    const WORDS: usize = 10;
    /// How many different flags a grammar can have.
    pub const MAX: usize = 64 * Self::WORDS;

    /// Adds one flag.
    pub fn insert(&mut self, flag: u16) {
        if let Some(word) = self.0.get_mut(usize::from(flag / 64)) {
            *word |= 1 << (flag % 64);
        }
    }

    /// Whether no flag is set.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Whether every flag of this set is in the other.
    pub fn within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a & !b == 0)
    }

    /// Whether the two sets have a flag in common.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    /// All flags of both.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
        self
    }

    /// The flags that the other lacks.
    #[must_use]
    pub fn without(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= !b);
        self
    }
}

/// The names of a grammar's flags.
#[derive(Debug, Clone, Default)]
pub struct FlagNames(HashMap<String, u16>);

impl FlagNames {
    /// The number of a flag, which is new if need be; none when there are too many.
    pub fn number(&mut self, name: &str) -> Option<u16> {
        if let Some(known) = self.0.get(name) {
            return Some(*known);
        }
        let new = u16::try_from(self.0.len()).ok()?;
        (usize::from(new) < Flags::MAX).then(|| {
            self.0.insert(name.to_owned(), new);
            new
        })
    }

    /// The set of those names that the grammar knows.
    pub fn set<N: AsRef<str>>(&self, names: impl IntoIterator<Item = N>) -> Flags {
        let mut flags = Flags::default();
        let known = names
            .into_iter()
            .filter_map(|name| self.0.get(name.as_ref()));
        known.for_each(|flag| flags.insert(*flag));
        flags
    }

    /// Whether a flag of the set has this name.
    pub fn holds(&self, flags: &Flags, name: &str) -> bool {
        self.0.contains_key(name) && self.set([name]).within(flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_algebra() {
        let mut names = FlagNames::default();
        for name in ["a", "b", "c"] {
            names.number(name).unwrap();
        }
        let (ab, b) = (names.set(["a", "b"]), names.set(["b", "nobody"]));
        assert!(b.within(&ab) && b.meets(&ab) && !ab.within(&b));
        assert_eq!(ab.without(&b), names.set(["a"]));
        assert_eq!(names.set(["a"]).with(&b), ab);
        assert!(names.holds(&ab, "a") && !names.holds(&b, "a"));
    }
}
