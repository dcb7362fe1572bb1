use super::{WishError, stems, texts::line};

/// One thing that must not occur: 1 to 40 characters, more than function words alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvoidEntry(String);

/// Everything that must not occur: at most 20 entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AvoidList(Vec<AvoidEntry>);

impl AvoidEntry {
    pub const MAX: usize = 40;

    /// Parses outside input; the only way to get an `AvoidEntry`.
    pub fn parse(input: &str) -> Result<Self, WishError> {
        let entry = line(input, 1, Self::MAX)?;
        let words: Vec<_> = stems::words(&entry).collect();
        if !words.is_empty() && words.iter().all(|word| is_function_word(word)) {
            return Err(WishError::TooCommon);
        }
        Ok(Self(entry))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AvoidList {
    pub const MAX: usize = 20;

    /// The only way to get an `AvoidList`.
    pub fn parse(entries: Vec<AvoidEntry>) -> Result<Self, WishError> {
        if entries.len() > Self::MAX {
            return Err(WishError::TooMany(Self::MAX));
        }
        Ok(Self(entries))
    }

    /// The entries, as given.
    pub fn entries(&self) -> &[AvoidEntry] {
        &self.0
    }
}

/// Words that no English text can do without.
const FUNCTION_WORDS: &str = " a an the and or but so if of in on at by to for from with as than \
    that which who what it its he him his she her hers they them their i me my you your we us our \
    is are was were be been am has have had do does did not no yes then there this these those \
    one up out all said say says ";

fn is_function_word(word: &str) -> bool {
    let word = word.to_lowercase().replace('’', "'");
    let bare = word.split('\'').next().unwrap_or_default();
    FUNCTION_WORDS.contains(&format!(" {bare} "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_bounded() {
        assert!(AvoidEntry::parse("being locked in").is_ok());
        assert!(AvoidEntry::parse("the dark").is_ok());
        assert_eq!(AvoidEntry::parse(" "), Err(WishError::TooShort(1)));
        assert_eq!(
            AvoidEntry::parse(&"x".repeat(41)),
            Err(WishError::TooLong(40))
        );
        assert_eq!(AvoidEntry::parse("the"), Err(WishError::TooCommon));
        assert_eq!(AvoidEntry::parse("it’s"), Err(WishError::TooCommon));
        assert_eq!(AvoidEntry::parse("He and she"), Err(WishError::TooCommon));
        let entry = AvoidEntry::parse("bees").unwrap();
        assert!(AvoidList::parse(vec![entry.clone(); 20]).is_ok());
        assert_eq!(
            AvoidList::parse(vec![entry; 21]),
            Err(WishError::TooMany(20))
        );
    }
}
