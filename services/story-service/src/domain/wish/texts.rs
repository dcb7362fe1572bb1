use unicode_normalization::char::is_combining_mark;

use super::WishError;

/// What a story is about: 3 to 80 visible characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme(String);

/// Somebody's name: 1 to 40 letters, spaces, apostrophes, dots and hyphens; used exactly as given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

/// Where a story happens: 2 to 60 visible characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(String);

impl Theme {
    pub const MIN: usize = 3;
    pub const MAX: usize = 80;

    /// Parses outside input.
    pub fn parse(input: &str) -> Result<Self, WishError> {
        line(input, Self::MIN, Self::MAX).map(Self)
    }

    /// The theme of a wish that rules out every other: it is told in quotation marks.
    pub fn any() -> Self {
        Self("Once".to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Place {
    pub const MIN: usize = 2;
    pub const MAX: usize = 60;

    /// Parses outside input; the only way to get a `Place`.
    pub fn parse(input: &str) -> Result<Self, WishError> {
        line(input, Self::MIN, Self::MAX).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Name {
    pub const MIN: usize = 1;
    pub const MAX: usize = 40;

    /// The name of somebody who has none.
    pub fn any() -> Self {
        Self("Nobody".to_owned())
    }

    /// Parses outside input.
    pub fn parse(input: &str) -> Result<Self, WishError> {
        let name = line(input, Self::MIN, Self::MAX)?;
        let spelled = name.chars().all(in_names) && name.chars().any(char::is_alphabetic);
        if spelled {
            Ok(Self(name))
        } else {
            Err(WishError::BadCharacter)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn in_names(c: char) -> bool {
    c.is_alphabetic() || is_combining_mark(c) || joins(c) || " '’.-".contains(c)
}

/// One line of text within bounds, without the space around it.
pub(super) fn line(input: &str, min: usize, max: usize) -> Result<String, WishError> {
    let text = input.trim();
    if text.chars().any(|c| c.is_control() || steers(c)) {
        return Err(WishError::ControlCharacter);
    }
    match text.chars().filter(|c| !joins(*c)).count() {
        visible if visible < min => Err(WishError::TooShort(min)),
        visible if visible > max => Err(WishError::TooLong(max)),
        _ if text.chars().count() > 4 * max => Err(WishError::TooLong(max)),
        _ => Ok(text.to_owned()),
    }
}

/// Joiners of scripts and emoji: allowed, not visible.
fn joins(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE0E}' | '\u{FE0F}')
}

/// Invisible characters that break lines or turn the reading direction.
fn steers(c: char) -> bool {
    matches!(
        c,
        '\u{00AD}'
            | '\u{200B}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_theme(input: &str, wanted: Result<&str, WishError>) {
        assert_eq!(
            Theme::parse(input).as_ref().map(Theme::as_str),
            wanted.as_ref().copied()
        );
    }

    #[track_caller]
    fn check_name(input: &str, wanted: Result<&str, WishError>) {
        assert_eq!(
            Name::parse(input).as_ref().map(Name::as_str),
            wanted.as_ref().copied()
        );
    }

    #[test]
    fn theme_length_is_bounded() {
        check_theme(" a kite ", Ok("a kite"));
        check_theme("月の光", Ok("月の光"));
        check_theme("ab", Err(WishError::TooShort(3)));
        check_theme(&"x".repeat(80), Ok(&"x".repeat(80)));
        check_theme(&"x".repeat(81), Err(WishError::TooLong(80)));
        check_theme(
            "\u{200D}\u{200D}\u{200D}\u{200D}",
            Err(WishError::TooShort(3)),
        );
    }

    #[test]
    fn themes_have_no_control_characters() {
        for bad in ["a\0kite", "a\nkite", "a kite\u{202E}", "a\u{200B}kite"] {
            check_theme(bad, Err(WishError::ControlCharacter));
        }
    }

    #[test]
    fn names_are_used_as_given() {
        for good in [
            "O'Hara",
            "José Luis",
            "Anne-Marie",
            "Mr. Finch",
            "Jose\u{301}",
            "李",
            "हिन्दी",
        ] {
            check_name(good, Ok(good));
        }
        check_name("", Err(WishError::TooShort(1)));
        check_name(&"x".repeat(41), Err(WishError::TooLong(40)));
        for bad in ["R2D2", "<b>", "Bobby;", "...", "a_b", "😀"] {
            check_name(bad, Err(WishError::BadCharacter));
        }
    }

    #[test]
    fn place_length_is_bounded() {
        assert!(Place::parse("Ås").is_ok());
        assert_eq!(Place::parse("x"), Err(WishError::TooShort(2)));
        assert_eq!(Place::parse(&"x".repeat(61)), Err(WishError::TooLong(60)));
    }
}
