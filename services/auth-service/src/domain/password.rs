use std::fmt;

use kernel::{Coded, EmailAddress, ErrorKind};
use unicode_normalization::UnicodeNormalization as _;
use zxcvbn::feedback::Feedback;
use zxcvbn::{Score, zxcvbn};

use super::DisplayName;

/// A password as it was typed, in one Unicode form (NFC), since keyboards differ in it.
/// Its debug form shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a text cannot be a password, or is a bad one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("must have at least {} characters", Password::MIN)]
    TooShort,
    #[error("must have at most {} characters", Password::MAX)]
    TooLong,
    #[error("must not contain control characters")]
    ControlCharacter,
    #[error("is too easy to guess: {0}")]
    Guessable(String),
}

impl PasswordError {
    /// Whether it could be a password but for being a weak one.
    pub fn is_weakness(&self) -> bool {
        match self {
            Self::TooShort | Self::TooLong | Self::Guessable(_) => true,
            Self::ControlCharacter => false,
        }
    }
}

impl Coded for PasswordError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::ControlCharacter => "control_character",
            Self::Guessable(_) => "guessable",
        }
    }
}

impl Password {
    /// The fewest code points that a new password has.
    pub const MIN: usize = 12;
    /// The most code points that any password has.
    pub const MAX: usize = 128;
    /// How many characters are judged: the time it takes grows with their square.
    const JUDGED: usize = 32;

    /// What somebody signs in with; whether it is a good one does not matter then.
    pub fn typed(input: &str) -> Result<Self, PasswordError> {
        if input.chars().any(char::is_control) {
            return Err(PasswordError::ControlCharacter);
        }
        // Normalising can shorten, never to less than a third of it.
        if input.chars().count() > 3 * Self::MAX {
            return Err(PasswordError::TooLong);
        }
        let password = input.nfc().collect::<String>();
        match password.chars().count() {
            0..=Self::MAX => Ok(Self(password)),
            _ => Err(PasswordError::TooLong),
        }
    }

    /// What somebody chooses for an account: long enough. Whether it is hard to guess is
    /// for [`Password::resists`] to say.
    pub fn chosen(input: &str) -> Result<Self, PasswordError> {
        let password = Self::typed(input)?;
        if password.0.chars().count() < Self::MIN {
            return Err(PasswordError::TooShort);
        }
        Ok(password)
    }

    /// Whether it is hard to guess, even for somebody who knows what is known. May take a
    /// tenth of a second: there are inputs made to take long.
    pub fn resists(&self, known: &KnownWords) -> Result<(), PasswordError> {
        let judged: String = self.0.chars().take(Self::JUDGED).collect();
        let known: Vec<_> = known.0.iter().map(String::as_str).collect();
        let judged = zxcvbn(&judged, &known);
        if judged.score() >= Score::Three {
            return Ok(());
        }
        let warning = judged.feedback().and_then(Feedback::warning);
        let reason = warning.map_or_else(
            || "add another word or two".to_owned(),
            |warning| warning.to_string().trim_end_matches('.').to_lowercase(),
        );
        Err(PasswordError::Guessable(reason))
    }

    /// What is hashed.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[password]")
    }
}

/// Words that a guesser tries first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownWords(Vec<String>);

impl KnownWords {
    /// The service's own name is no secret.
    const SERVICE: &str = "storyloom";

    /// What is known of somebody with this address and name.
    pub fn about(email: &EmailAddress, name: Option<&DisplayName>) -> Self {
        let address = email.canonical();
        let mut words = vec![Self::SERVICE.to_owned(), address.to_owned()];
        words.extend(split(address));
        if let Some((local, _)) = address.rsplit_once('@') {
            words.extend([local.to_owned(), squeezed(local)]);
        }
        if let Some(name) = name {
            words.extend([name.as_str().to_owned(), squeezed(name.as_str())]);
            words.extend(split(name.as_str()));
        }
        Self(words)
    }
}

/// The letters and digits, without what is between them.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn split(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 2)
        .map(str::to_owned)
}

/// A hash of a password as it is kept (a PHC string). Its debug form shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[password hash]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: Result<(), &str>) {
        let email = EmailAddress::parse("mira.lindqvist@harbour.example").unwrap();
        let name = DisplayName::parse("Mira Lindqvist").unwrap();
        let chosen = Password::chosen(input);
        let known = KnownWords::about(&email, Some(&name));
        let chosen = chosen.and_then(|password| password.resists(&known));
        assert_eq!(
            chosen.as_ref().map(drop).map_err(PasswordError::code),
            expected,
            "{input}"
        );
    }

    #[test]
    fn length_counts_code_points() {
        check("kÿfv9-ßöQ2x", Err("too_short"));
        check("kÿfv9-ßöQ2xM", Ok(()));
        check(&"kÿfv9-ßö".repeat(16), Ok(()));
        check(&format!("{}x", "kÿfv9-ßö".repeat(16)), Err("too_long"));
        check(&"x".repeat(100_000), Err("too_long"));
    }

    #[test]
    fn what_is_easy_to_guess_is_refused() {
        for input in [
            "passwordpassword",
            "aaaaaaaaaaaaaaaa",
            "qwertyuiopasdf",
            "123456789012345",
            "mira.lindqvist@harbour.example",
            "miralindqvist1",
            "storyloomstoryloom",
        ] {
            check(input, Err("guessable"));
        }
    }

    #[test]
    fn phrases_need_no_digits_or_symbols() {
        check("orbit walnut lantern seven", Ok(()));
    }

    #[test]
    fn control_characters_are_refused() {
        check("orbit walnut\u{0}lantern seven", Err("control_character"));
        assert!(Password::typed("a\nb").is_err());
    }

    #[test]
    fn both_ways_to_write_an_accent_are_the_same_password() {
        let (composed, decomposed) = ("orbit café lantern", "orbit cafe\u{301} lantern");
        assert_eq!(Password::typed(composed), Password::typed(decomposed));
    }

    #[test]
    fn only_the_beginning_of_a_long_one_is_judged() {
        check(
            &format!("{} orbit walnut lantern", "a".repeat(40)),
            Err("guessable"),
        );
        check(
            &format!("orbit walnut lantern seven kites {}", "a".repeat(40)),
            Ok(()),
        );
    }

    #[test]
    fn debug_shows_nothing() {
        let password = Password::typed("orbit walnut lantern").unwrap();
        assert_eq!(format!("{password:?}"), "[password]");
    }
}
