use kernel::{Coded, ErrorKind};

/// What a user is called: 1 to 80 characters. Also names a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);

/// The language of mails, as BCP 47 writes it: `en`, `pt-BR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale(String);

/// A time zone, as IANA writes it: `Europe/Lisbon`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timezone(String);

/// Why a text about a user is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    #[error("must have between 1 and {} characters", DisplayName::MAX)]
    Length,
    #[error("must not contain control characters")]
    ControlCharacter,
    #[error("must be a language tag such as en or pt-BR")]
    NoLocale,
    #[error("must be a time zone such as Europe/Lisbon")]
    NoTimezone,
}

impl Coded for ProfileError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Length => "wrong_length",
            Self::ControlCharacter => "control_character",
            Self::NoLocale | Self::NoTimezone => "malformed",
        }
    }
}

impl DisplayName {
    const MAX: usize = 80;

    /// Parses outside input; the only way to get one. Spaces around it are dropped.
    pub fn parse(input: &str) -> Result<Self, ProfileError> {
        let name = input.trim();
        if name.chars().any(char::is_control) {
            return Err(ProfileError::ControlCharacter);
        }
        match name.chars().count() {
            1..=Self::MAX => Ok(Self(name.to_owned())),
            _ => Err(ProfileError::Length),
        }
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Locale {
    const MAX: usize = 35;

    /// Parses outside input; the only way to get one but the default. Whether there is
    /// such a language is not checked.
    pub fn parse(input: &str) -> Result<Self, ProfileError> {
        let mut parts = input.split('-');
        let first = parts.next().unwrap_or_default();
        let language =
            (2..=3).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphabetic());
        let subtag = |part: &str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        if language && input.len() <= Self::MAX && parts.all(subtag) {
            return Ok(Self(input.to_owned()));
        }
        Err(ProfileError::NoLocale)
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Locale {
    fn default() -> Self {
        Self("en".to_owned())
    }
}

impl Timezone {
    const MAX: usize = 64;

    /// Parses outside input; the only way to get one but the default. Whether there is
    /// such a zone is not checked.
    pub fn parse(input: &str) -> Result<Self, ProfileError> {
        let part = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_alphabetic())
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
        };
        if input.len() <= Self::MAX && input.split('/').count() <= 3 && input.split('/').all(part) {
            return Ok(Self(input.to_owned()));
        }
        Err(ProfileError::NoTimezone)
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Timezone {
    fn default() -> Self {
        Self("UTC".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_and_visible() {
        let parse = |input: &str| DisplayName::parse(input).map(|name| name.0);
        assert_eq!(parse("  Mira Ö. "), Ok("Mira Ö.".to_owned()));
        assert_eq!(parse("  "), Err(ProfileError::Length));
        assert_eq!(parse(&"ö".repeat(80)), Ok("ö".repeat(80)));
        assert_eq!(parse(&"ö".repeat(81)), Err(ProfileError::Length));
        assert_eq!(parse("Mi\nra"), Err(ProfileError::ControlCharacter));
    }

    #[test]
    fn locales_have_the_shape_of_language_tags() {
        for good in ["en", "pt-BR", "zh-Hant-TW", "gsw"] {
            assert!(Locale::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "e",
            "english",
            "en_GB",
            "en-",
            "-en",
            "e1",
            "en-ä",
            "en-toolongsubtag",
        ] {
            assert_eq!(Locale::parse(bad), Err(ProfileError::NoLocale), "{bad}");
        }
    }

    #[test]
    fn timezones_have_the_shape_of_zone_names() {
        for good in [
            "UTC",
            "Europe/Lisbon",
            "America/Argentina/Buenos_Aires",
            "Etc/GMT+5",
        ] {
            assert!(Timezone::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "Europe/",
            "/etc/passwd",
            "../x",
            "Europe Lisbon",
            "+02:00",
            "a/b/c/d",
        ] {
            assert_eq!(Timezone::parse(bad), Err(ProfileError::NoTimezone), "{bad}");
        }
    }
}
