use super::WishError;

/// A closed list of words that a reader may choose from.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($variant:ident => $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($variant),+ }

        impl $name {
            /// Every value, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            const WORDS: &'static str = choice!(@list $($word),+);

            /// The word that stands for it on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Parses the wire's word; the case counts.
            pub fn parse(input: &str) -> Result<Self, WishError> {
                let found = Self::ALL.iter().find(|one| one.as_str() == input);
                found.copied().ok_or(WishError::UnknownValue(Self::WORDS))
            }
        }
    };
    (@list $first:literal $(, $word:literal)*) => { concat!($first $(, ", ", $word)*) };
}

choice! {
    /// The sort of story.
    Genre {
        Adventure => "adventure",
        Bedtime => "bedtime",
        FairyTale => "fairy_tale",
        Mystery => "mystery",
        Animal => "animal",
        Space => "space",
        Sea => "sea",
        Friendship => "friendship",
        Humour => "humour",
        Everyday => "everyday",
    }
}

choice! {
    /// The voice it is told in.
    Tone {
        Cosy => "cosy",
        Funny => "funny",
        Brave => "brave",
        Dreamy => "dreamy",
        Thoughtful => "thoughtful",
    }
}

choice! {
    /// Who listens.
    AgeBand {
        Young => "3-5",
        Middle => "6-8",
        Older => "9-12",
        Adult => "adult",
    }
}

choice! {
    /// How a person is spoken of.
    Pronouns {
        She => "she",
        He => "he",
        They => "they",
    }
}

choice! {
    /// What somebody is.
    Kind {
        Child => "child",
        Adult => "adult",
        Robot => "robot",
        Cat => "cat",
        Dog => "dog",
        Mouse => "mouse",
        Wolf => "wolf",
        Hedgehog => "hedgehog",
        Mole => "mole",
        Bear => "bear",
        Fox => "fox",
        Owl => "owl",
        Rabbit => "rabbit",
        Seal => "seal",
        Whale => "whale",
        Dragon => "dragon",
        Other => "other",
    }
}

/// The language of a story; the built-in storyteller tells English alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    English,
}

impl Language {
    /// Every language that can be asked for.
    pub const ALL: &'static [Self] = &[Self::English];

    /// Its tag on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
        }
    }

    /// Parses a language tag; every other one is `unsupported`.
    pub fn parse(input: &str) -> Result<Self, WishError> {
        match input {
            "en" => Ok(Self::English),
            _ => Err(WishError::Unsupported),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_reads_back() {
        for genre in Genre::ALL {
            assert_eq!(Genre::parse(genre.as_str()), Ok(*genre));
        }
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Ok(*kind));
        }
        assert_eq!(AgeBand::parse("6-8"), Ok(AgeBand::Middle));
    }

    #[test]
    fn an_unknown_word_names_the_known_ones() {
        let error = Tone::parse("Cosy").unwrap_err();
        assert_eq!(
            error,
            WishError::UnknownValue("cosy, funny, brave, dreamy, thoughtful")
        );
        assert_eq!(Language::parse("de"), Err(WishError::Unsupported));
    }
}
