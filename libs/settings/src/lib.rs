//! Layered settings: built-in defaults, then a file, then the environment.
//!
//! `PREFIX__SETTINGS_FILE` names the file (TOML). `PREFIX__SECTION__KEY` sets
//! `section.key`; `PREFIX__SECTION__KEY_FILE` sets it to what the named file holds, which
//! is how secrets come in.
#![warn(missing_docs)]

mod secret;
mod within;

use std::collections::HashMap;
use std::path::PathBuf;

use config::{Config, ConfigError, Environment, File, FileFormat};
use serde::de::DeserializeOwned;

pub use secret::Secret;
pub use within::Within;

/// The exit code of a process whose settings are bad: `EX_USAGE` of sysexits.h.
pub const BAD_SETTINGS_EXIT: u8 = 64;

/// A key is unknown, or a value is not what its key allows.
#[derive(Debug, thiserror::Error)]
pub enum BadSettings {
    /// A layer could not be read, or together they are not what is asked for.
    #[error(
        "bad settings: {source}{value} (set {prefix}__SECTION__KEY; settings.toml lists every key)"
    )]
    Refused {
        /// What the environment variables begin with.
        prefix: String,
        /// What the key has, unless it is a secret.
        value: String,
        /// Names the key and what is wrong with it.
        source: Box<ConfigError>,
    },
    /// A `*_FILE` variable names a file that cannot be read.
    #[error("bad settings: {variable} names {}: {source}", path.display())]
    SecretFile {
        /// The variable.
        variable: String,
        /// What it names.
        path: PathBuf,
        /// Why it could not be read.
        source: std::io::Error,
    },
    /// A value is not allowed together with others, or with what it names.
    #[error("bad settings: {key}: {reason}")]
    Unfit {
        /// The key, as `section.key`.
        key: &'static str,
        /// What is wrong, with the allowed range.
        reason: String,
    },
}

impl BadSettings {
    /// A value of `key` that is not allowed, for a reason that no type can tell.
    pub fn unfit(key: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Unfit {
            key,
            reason: reason.to_string(),
        }
    }
}

/// Reads `defaults` (TOML), then the settings file if one is named, then `PREFIX__…`.
pub fn load<T: DeserializeOwned>(prefix: &str, defaults: &str) -> Result<T, BadSettings> {
    load_from(prefix, defaults, environment())
}

/// The environment of this process.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars()
}

/// As [`load`], with the environment given.
pub fn load_from<T: DeserializeOwned>(
    prefix: &str,
    defaults: &str,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<T, BadSettings> {
    let ours = format!("{prefix}__");
    let settings_file = format!("{ours}SETTINGS_FILE");
    let (files, variables): (Vec<_>, Vec<_>) = variables
        .into_iter()
        .filter(|(name, _)| name.starts_with(&ours))
        .partition(|(name, _)| *name == settings_file);
    let variables: HashMap<_, _> = variables
        .into_iter()
        .map(with_file_read)
        .collect::<Result<_, _>>()?;
    let mut layers = Config::builder().add_source(File::from_str(defaults, FileFormat::Toml));
    for (_, path) in files {
        layers = layers.add_source(File::new(&path, FileFormat::Toml));
    }
    let environment = Environment::with_prefix(prefix)
        .prefix_separator("__")
        .separator("__")
        .source(Some(variables));
    let refused = |value: String, cause: ConfigError| BadSettings::Refused {
        prefix: prefix.to_owned(),
        value,
        source: Box::new(cause),
    };
    let config = layers.add_source(environment).build();
    let config = config.map_err(|cause| refused(String::new(), cause))?;
    let typed = config.clone().try_deserialize();
    typed.map_err(|cause| refused(value_of(&config, &cause), cause))
}

/// What the key has that could not be read, as `: "value"`; nothing for secrets.
fn value_of(config: &Config, cause: &ConfigError) -> String {
    let ConfigError::At {
        key: Some(key),
        error,
        ..
    } = cause
    else {
        return String::new();
    };
    let value = config.get_string(key).ok();
    let value = value.filter(|_| !error.to_string().contains(secret::REFUSAL));
    value.map_or_else(String::new, |value| format!(", not {value:?}"))
}

/// `X_FILE=path` becomes `X=what the file holds`, without the line end. `X__FILE` sets the
/// key `file`.
fn with_file_read((name, value): (String, String)) -> Result<(String, String), BadSettings> {
    let key = name.strip_suffix("_FILE");
    let Some(key) = key.filter(|key| !key.ends_with('_')) else {
        return Ok((name, value));
    };
    match std::fs::read_to_string(&value) {
        Ok(content) => Ok((key.to_owned(), content.trim_end().to_owned())),
        Err(source) => Err(BadSettings::SecretFile {
            variable: name,
            path: value.into(),
            source,
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        listen: std::net::SocketAddr,
        pool: Pool,
        key: Secret<String>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Pool {
        max: Within<1, 100>,
    }

    const DEFAULTS: &str = "listen = '127.0.0.1:80'\nkey = ''\n[pool]\nmax = 10";

    fn load(variables: &[(&str, &str)]) -> Result<Sample, BadSettings> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        load_from("SAMPLE", DEFAULTS, variables.iter().map(owned))
    }

    #[track_caller]
    fn refused(variables: &[(&str, &str)], named: &[&str]) {
        let said = load(variables).unwrap_err().to_string();
        for word in named {
            assert!(said.contains(word), "{word} is not in: {said}");
        }
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, "listen = '127.0.0.1:81'\n[pool]\nmax = 11").unwrap();
        let sample = load(&[
            ("SAMPLE__POOL__MAX", "12"),
            ("SAMPLE__SETTINGS_FILE", file.path().to_str().unwrap()),
        ])
        .unwrap();
        assert_eq!(sample.listen.port(), 81);
        assert_eq!(sample.pool.max.get(), 12);
    }

    #[test]
    fn a_secret_comes_from_a_file_and_stays_out_of_debug_output() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, "hush\n").unwrap();
        let path = file.path().to_str().unwrap();
        let sample = load(&[("SAMPLE__KEY_FILE", path)]).unwrap();
        assert_eq!(sample.key.expose(), "hush");
        assert!(!format!("{sample:?}").contains("hush"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        refused(
            &[("SAMPLE__POOL__MAX", "0")],
            &["pool.max", "between 1 and 100", "0"],
        );
        refused(&[("SAMPLE__POOL__MAX", "many")], &["pool.max", "many"]);
        refused(
            &[("SAMPLE__LISEN", "x")],
            &["lisen", "SAMPLE__SECTION__KEY"],
        );
        refused(&[("SAMPLE__LISTEN", "here")], &["listen", "not \"here\""]);
        refused(
            &[("SAMPLE__SETTINGS_FILE", "/nowhere.toml")],
            &["/nowhere.toml"],
        );
        refused(
            &[("SAMPLE__KEY_FILE", "/nowhere")],
            &["SAMPLE__KEY_FILE", "/nowhere"],
        );
    }

    #[test]
    fn a_key_may_be_called_file() {
        let plain = ("A__RULES__FILE".to_owned(), "/nowhere".to_owned());
        assert_eq!(with_file_read(plain.clone()).unwrap(), plain);
    }
}
