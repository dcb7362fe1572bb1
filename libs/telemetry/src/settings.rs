use std::fmt;

use serde::{Deserialize, Deserializer};
use tracing_subscriber::EnvFilter;

/// What is told about this process, and where.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What is logged: `info`, or `info,sqlx=warn`.
    pub level: Level,
    /// How lines look.
    pub format: Format,
    /// Where traces are sent by OTLP over gRPC, such as `http://collector:4317`; empty
    /// for nowhere.
    pub otlp_endpoint: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Readable on a terminal, ECS elsewhere.
    Auto,
    /// One JSON object a line, with the names of the Elastic Common Schema.
    Ecs,
    /// For reading.
    Human,
}

/// What is logged, in the syntax of `tracing`'s filters.
#[derive(Debug, Clone)]
pub struct Level(String);

impl Level {
    /// The filter that it stands for.
    pub(crate) fn filter(&self) -> EnvFilter {
        EnvFilter::new(&self.0)
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match EnvFilter::builder().parse(&text) {
            Ok(_) if !text.trim().is_empty() => Ok(Self(text)),
            _ => Err(serde::de::Error::custom(
                "must be off, error, warn, info, debug or trace, or a filter such as info,sqlx=warn",
            )),
        }
    }
}

/// The name of an installation: 1 to 64 of `a–z 0–9 _ .`, since it becomes part of the
/// name of a data stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment(String);

impl Environment {
    const MAX: usize = 64;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether readers depend on this installation.
    pub fn is_production(&self) -> bool {
        self.0 == "production"
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Environment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.".contains(&byte);
        if (1..=Self::MAX).contains(&name.len()) && name.bytes().all(allowed) {
            return Ok(Self(name));
        }
        Err(serde::de::Error::custom(
            "must be 1 to 64 of a-z, 0-9, _ and .",
        ))
    }
}
