use kernel::{Coded, EmailAddress, ErrorKind};

use super::{MessageId, Template};

/// A mail, ready to be rendered and sent. It holds what is secret or private, so it
/// has no debug form and lives no longer than the try that sends it.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// What mail programs know it by.
    pub message_id: MessageId,
    /// Who gets it.
    pub to: EmailAddress,
    /// What it says.
    pub content: Content,
}

/// What a letter says.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// The code that proves an address.
    VerifyEmail(Verification),
    /// Somebody registered an address that has an account.
    AccountExists(Signer),
    /// A story.
    Story(StoryText),
    /// A session was ended.
    SecurityNotice(Signer),
}

impl Content {
    /// Which template renders it.
    pub const fn template(&self) -> Template {
        match self {
            Self::VerifyEmail(_) => Template::VerifyEmail,
            Self::AccountExists(_) => Template::AccountExists,
            Self::Story(_) => Template::Story,
            Self::SecurityNotice(_) => Template::SecurityNotice,
        }
    }
}

/// A code and how long it holds.
///
/// Without the name that was given: whoever registers a stranger's address must not be
/// able to put words into a mail of ours.
#[derive(Clone, PartialEq, Eq)]
pub struct Verification {
    /// What to type.
    pub code: Code,
    /// Seconds until it expires.
    pub expires_in: u32,
}

impl Verification {
    /// Whole minutes until the code expires, at least one.
    pub const fn minutes(&self) -> u32 {
        let minutes = self.expires_in / 60;
        if minutes == 0 { 1 } else { minutes }
    }
}

/// The owner of an account, as a letter greets them.
#[derive(Clone, PartialEq, Eq)]
pub struct Signer {
    /// The name they gave.
    pub name: Option<String>,
}

/// Eight digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

/// A text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be eight digits")]
pub struct CodeError;

impl Coded for CodeError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        "malformed"
    }
}

impl Code {
    const DIGITS: usize = 8;

    /// Parses outside input; the only way to get a code.
    pub fn parse(input: &str) -> Result<Self, CodeError> {
        let digits = input.bytes().all(|byte| byte.is_ascii_digit());
        if digits && input.len() == Self::DIGITS {
            return Ok(Self(input.to_owned()));
        }
        Err(CodeError)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A whole story.
#[derive(Clone, PartialEq, Eq)]
pub struct StoryText {
    title: String,
    language: String,
    paragraphs: Vec<String>,
}

impl StoryText {
    /// A story as it is mailed: each text is one line, whatever was in it. `language` is a
    /// BCP 47 tag; what is none becomes `en`.
    pub fn new(title: &str, language: &str, paragraphs: &[String]) -> Self {
        Self {
            title: one_line(title),
            language: tag(language).unwrap_or("en").to_owned(),
            paragraphs: paragraphs.iter().map(|text| one_line(text)).collect(),
        }
    }

    /// The title, fit for a header.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// A BCP 47 tag.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// In reading order.
    pub fn paragraphs(&self) -> &[String] {
        &self.paragraphs
    }
}

/// Without control characters; each run of white space is one space.
fn one_line(text: &str) -> String {
    let visible = text.replace(char::is_control, " ");
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text, if it has the form of a language tag.
fn tag(text: &str) -> Option<&str> {
    let part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    text.split('-').all(part).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_eight_digits() {
        assert!(Code::parse("01234567").is_ok());
        for input in [
            "",
            "1234567",
            "123456789",
            "1234567a",
            "１２３４５６７８",
            "1234567\n",
        ] {
            assert!(Code::parse(input).is_err(), "{input:?}");
        }
    }

    #[test]
    fn minutes_are_never_promised_that_are_not_there() {
        let minutes = |expires_in| {
            let code = Code::parse("01234567").unwrap();
            Verification { code, expires_in }.minutes()
        };
        assert_eq!([600, 599, 61, 59, 0].map(minutes), [10, 9, 1, 1, 1]);
    }

    #[test]
    fn a_title_is_one_line() {
        let story = StoryText::new("A lamp\r\nBcc: x@example.org\u{0}", "en", &[]);
        assert_eq!(story.title(), "A lamp Bcc: x@example.org");
    }

    #[test]
    fn a_language_is_a_tag() {
        let language = |text| StoryText::new("", text, &[]).language().to_owned();
        assert_eq!(language("pt-BR"), "pt-BR");
        assert_eq!(language("\" onload=\""), "en");
        assert_eq!(language(""), "en");
    }
}
