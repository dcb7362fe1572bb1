use kernel::{Coded, ErrorKind};

/// Why a value of a wish is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WishError {
    #[error("must have at least {0} characters")]
    TooShort(usize),
    #[error("must have at most {0} characters")]
    TooLong(usize),
    #[error("must not contain control characters")]
    ControlCharacter,
    #[error("may contain letters, spaces, apostrophes, dots and hyphens only")]
    BadCharacter,
    #[error("must be one of: {0}")]
    UnknownValue(&'static str),
    #[error("must have at most {0} entries")]
    TooMany(usize),
    #[error("must be between {0} and {1}")]
    OutOfRange(i64, i64),
    #[error("is not supported")]
    Unsupported,
    #[error("no story can do without such a word")]
    TooCommon,
    #[error("is asked for and ruled out at once")]
    Conflict,
}

impl Coded for WishError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        match self {
            Self::TooShort(_) => "too_short",
            Self::TooLong(_) => "too_long",
            Self::ControlCharacter => "control_character",
            Self::BadCharacter => "bad_character",
            Self::UnknownValue(_) => "unknown_value",
            Self::TooMany(_) => "too_many",
            Self::OutOfRange(..) => "out_of_range",
            Self::Unsupported => "unsupported",
            Self::TooCommon => "too_common",
            Self::Conflict => "conflict",
        }
    }
}
