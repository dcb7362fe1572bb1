use std::collections::HashMap;

/// The flags that hold at some moment of a story, a bit each.
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

    /// Takes one flag away.
    pub fn remove(&mut self, flag: u16) {
        if let Some(word) = self.0.get_mut(usize::from(flag / 64)) {
            *word &= !(1 << (flag % 64));
        }
    }

    /// Whether a flag holds.
    pub fn contains(&self, flag: u16) -> bool {
        let word = self.0.get(usize::from(flag / 64));
        word.is_some_and(|word| word & (1 << (flag % 64)) != 0)
    }

    /// All flags of both.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
        self
    }

    /// These and the listed ones.
    #[must_use]
    pub fn and(mut self, list: &FlagList) -> Self {
        list.0.iter().for_each(|flag| self.insert(*flag));
        self
    }

    /// These but for the listed ones.
    #[must_use]
    pub fn without(mut self, list: &FlagList) -> Self {
        list.0.iter().for_each(|flag| self.remove(*flag));
        self
    }
}

/// A few flags by their numbers: what the grammar says of thousands of sentences takes less
/// room so than as bits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlagList(Box<[u16]>);

impl FromIterator<u16> for FlagList {
    fn from_iter<I: IntoIterator<Item = u16>>(flags: I) -> Self {
        Self(flags.into_iter().collect())
    }
}

/// The names of a grammar's flags.
#[derive(Debug, Clone, Default)]
pub struct FlagNames(HashMap<String, u16>);

impl FlagNames {
    /// The number of a flag, which is new if need be; none when there are too many.
    pub fn number(&mut self, name: &str) -> Option<u16> {
        if let Some(known) = self.find(name) {
            return Some(known);
        }
        let new = u16::try_from(self.0.len()).ok()?;
        (usize::from(new) < Flags::MAX).then(|| {
            self.0.insert(name.to_owned(), new);
            new
        })
    }

    /// The numbers of several flags, as [`Self::number`] gives them.
    pub fn numbers<N: AsRef<str>>(
        &mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Option<FlagList> {
        let numbers = names.into_iter().map(|name| self.number(name.as_ref()));
        numbers.collect()
    }

    /// The number of a flag that the grammar knows.
    pub fn find(&self, name: &str) -> Option<u16> {
        self.0.get(name).copied()
    }

    /// The set of those names that the grammar knows.
    pub fn set<N: AsRef<str>>(&self, names: impl IntoIterator<Item = N>) -> Flags {
        let mut flags = Flags::default();
        let known = names
            .into_iter()
            .filter_map(|name| self.find(name.as_ref()));
        known.for_each(|flag| flags.insert(flag));
        flags
    }

    /// Whether a flag of this name holds.
    pub fn holds(&self, flags: &Flags, name: &str) -> bool {
        self.find(name).is_some_and(|flag| flags.contains(flag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_algebra() {
        let mut names = FlagNames::default();
        let list = names.numbers(["a", "b", "c"]).unwrap();
        let (all, b) = (names.set(["a", "b", "c"]), names.set(["b", "nobody"]));
        assert_eq!(Flags::default().and(&list), all);
        assert_eq!(names.set(["a", "c"]).with(&b), all);
        let third = names.numbers(["c"]).unwrap();
        assert_eq!(all.without(&third), names.set(["a", "b"]));
        assert!(names.holds(&b, "b") && !names.holds(&b, "a") && !names.holds(&b, "nobody"));
    }

    #[test]
    fn there_is_an_end_to_flags() {
        let mut names = FlagNames::default();
        for number in 0..Flags::MAX {
            assert!(names.number(&number.to_string()).is_some());
        }
        assert_eq!(names.number("one more"), None);
        assert_eq!(names.numbers(["0", "one more"]), None);
        let last = names.set([(Flags::MAX - 1).to_string()]);
        assert!(names.holds(&last, &(Flags::MAX - 1).to_string()));
    }
}
