//! What may be set from outside.

use std::env;
use std::path::PathBuf;

use anyhow::Context as _;

/// The port that a variable asks for, else the usual one. `0` means any.
pub fn port(variable: &str, usual: u16) -> anyhow::Result<u16> {
    let Some(value) = text(variable) else {
        return Ok(usual);
    };
    let port = value.parse();
    port.with_context(|| format!("{variable} must be a port, 0 to 65535, not {value}"))
}

/// Whether `STORYLOOM_RATELIMIT=off` was given.
pub fn rate_limit() -> anyhow::Result<bool> {
    match text("STORYLOOM_RATELIMIT").as_deref() {
        None | Some("on") => Ok(true),
        Some("off") => Ok(false),
        Some(other) => anyhow::bail!("STORYLOOM_RATELIMIT must be on or off, not {other}"),
    }
}

/// The cargo that runs us.
pub fn cargo() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// Where cargo keeps the sources of dependencies.
pub fn cargo_home() -> anyhow::Result<PathBuf> {
    if let Some(home) = env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    Ok(home()?.join(".cargo"))
}

/// The home folder of whoever runs us.
pub fn home() -> anyhow::Result<PathBuf> {
    env::home_dir().context("there is no home folder")
}

/// A variable that is set to something.
pub fn text(variable: &str) -> Option<String> {
    let value = env::var_os(variable)?.to_string_lossy().into_owned();
    (!value.is_empty()).then_some(value)
}
