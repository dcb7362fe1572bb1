use super::WishError;

/// How many words a story should have: 150 to 1,200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Words(u16);

impl Words {
    pub const MIN: u16 = 150;
    pub const MAX: u16 = 1_200;

    /// Parses outside input; the only way to get `Words`.
    pub fn parse(input: i64) -> Result<Self, WishError> {
        let fits = (i64::from(Self::MIN)..=i64::from(Self::MAX)).contains(&input);
        let words = u16::try_from(input).ok().filter(|_| fits);
        let refused = WishError::OutOfRange(i64::from(Self::MIN), i64::from(Self::MAX));
        words.map(Self).ok_or(refused)
    }

    /// The number of words.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl Default for Words {
    fn default() -> Self {
        Self(300)
    }
}

/// What decides everything that a wish leaves open: 0 to 2^53 − 1, exact in every JSON reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seed(u64);

impl Seed {
    pub const MAX: u64 = (1 << 53) - 1;

    /// Parses outside input.
    pub fn parse(input: i64) -> Result<Self, WishError> {
        let seed = u64::try_from(input).ok().filter(|seed| *seed <= Self::MAX);
        let refused = WishError::OutOfRange(0, Self::MAX.cast_signed());
        seed.map(Self).ok_or(refused)
    }

    /// A seed out of any random bits.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits & Self::MAX)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_bounded() {
        for good in [150, 300, 1_200] {
            assert_eq!(Words::parse(good).map(|w| i64::from(w.get())), Ok(good));
        }
        for bad in [-1, 0, 149, 1_201, 65_700, i64::MAX] {
            assert_eq!(Words::parse(bad), Err(WishError::OutOfRange(150, 1_200)));
        }
    }

    #[test]
    fn seeds_are_exact_in_json() {
        assert!(Seed::parse(0).is_ok());
        assert!(Seed::parse(9_007_199_254_740_991).is_ok());
        assert!(Seed::parse(9_007_199_254_740_992).is_err());
        assert!(Seed::parse(-1).is_err());
        assert!(Seed::from_bits(u64::MAX).get() <= Seed::MAX);
    }
}
