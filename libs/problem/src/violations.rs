use kernel::Coded;
use serde::Serialize;

use crate::{Code, codes};

/// Collects everything that is wrong with a body, so that the caller sees it at once.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct Violations {
    list: Vec<Violation>,
    #[serde(skip)]
    weak_password: bool,
}

#[derive(Debug, Clone, Serialize)]
struct Violation {
    pointer: String,
    code: &'static str,
    detail: String,
}

impl Violations {
    /// Keeps the value, or notes what is wrong at `pointer` (RFC 6901: `/hero/name`).
    pub fn check<T, E: Coded>(&mut self, pointer: &str, parsed: Result<T, E>) -> Option<T> {
        parsed
            .map_err(|error| self.add(pointer, error.code(), error.to_string()))
            .ok()
    }

    /// Notes one thing that is wrong. `code` is `snake_case`.
    pub fn add(&mut self, pointer: &str, code: &'static str, detail: impl Into<String>) {
        self.list.push(Violation {
            pointer: pointer.to_owned(),
            code,
            detail: detail.into(),
        });
    }

    /// Says that what is wrong is a password that is easy to guess.
    #[must_use]
    pub fn as_weak_password(self) -> Self {
        Self {
            weak_password: true,
            ..self
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// `value` where nothing is wrong, else what is.
    pub fn or<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.is_empty() => Ok(value),
            _ => Err(self),
        }
    }

    pub(crate) fn code(&self) -> &'static Code {
        if self.weak_password {
            &codes::WEAK_PASSWORD
        } else {
            &codes::VALIDATION_FAILED
        }
    }
}
