//! The pool of PostgreSQL connections.

use std::fs::File;
use std::str::FromStr as _;
use std::time::Duration;

use serde::Deserialize;
use settings::{BadSettings, Secret, Within};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// How PostgreSQL is reached.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresSettings {
    /// `postgres://user@host/database?options=-csearch_path%3D<schema>`.
    pub url: Secret<String>,
    /// The password; empty if the URL has it or none is needed.
    pub password: Secret<String>,
    /// The most connections that are open at once.
    pub max_connections: Within<1, 1000>,
    /// How long a request waits for a connection before it is told that there is none.
    pub acquire_timeout_ms: Within<10, 60_000>,
}

impl PostgresSettings {
    /// Refuses an address that is none, without repeating it: it may hold a password. Names the
    /// file of a certificate authority that cannot be read.
    pub fn check(&self) -> Result<(), BadSettings> {
        let reason =
            "must be postgres://user@host:port/database, with what is special in it escaped";
        let unfit = || BadSettings::unfit("postgres.url", reason);
        let url = self.url.expose();
        let schemed = url.starts_with("postgres://") || url.starts_with("postgresql://");
        let parsed = schemed
            .then(|| PgConnectOptions::from_str(url).ok())
            .flatten();
        parsed.ok_or_else(unfit)?;
        authority(url).map_or(Ok(()), |file| {
            let unreadable = |error| {
                let reason = format!("sslrootcert: {file} cannot be read: {error}");
                BadSettings::unfit("postgres.url", reason)
            };
            File::open(file).map(|_| ()).map_err(unreadable)
        })
    }
}

/// The file of the certificate authority that an address names, where it is written plainly.
fn authority(url: &str) -> Option<&str> {
    let (_, query) = url.split_once('?')?;
    let mut parts = query.split('&');
    let file = parts.find_map(|it| it.strip_prefix("sslrootcert="))?;
    (!file.contains('%')).then_some(file)
}

/// How long a connection may lie unused.
const IDLE: Duration = Duration::from_mins(5);

/// A pool that connects when it is first used, so that a process starts while
/// PostgreSQL is away. Fails only on a malformed URL.
pub fn pool(settings: &PostgresSettings) -> Result<PgPool, sqlx::Error> {
    let options = connect_options(&settings.url, &settings.password)?;
    let pool = PgPoolOptions::new()
        .max_connections(settings.max_connections.small())
        .acquire_timeout(settings.acquire_timeout_ms.millis())
        .idle_timeout(IDLE)
        .connect_lazy_with(options);
    Ok(pool)
}

/// Fails only on a malformed URL.
pub(crate) fn connect_options(
    url: &Secret<String>,
    password: &Secret<String>,
) -> Result<PgConnectOptions, sqlx::Error> {
    let options = PgConnectOptions::from_str(url.expose())?;
    Ok(match password.expose().as_str() {
        "" => options,
        password => options.password(password),
    })
}

/// Whether PostgreSQL answers.
pub async fn check(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query("select 1").execute(pool).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> Option<String> {
        let defaults = format!(
            "url = {url:?}\npassword = \"\"\nmax_connections = 1\nacquire_timeout_ms = 10\n"
        );
        let settings: PostgresSettings = settings::load_from("NONE", &defaults, []).unwrap();
        settings.check().err().map(|error| error.to_string())
    }

    #[test]
    fn an_authority_that_is_not_there_is_named() {
        let said = refusal("postgres://a@db/b?sslmode=verify-full&sslrootcert=/absent/ca.crt");
        let said = said.unwrap();
        assert!(said.contains("postgres.url"), "{said}");
        assert!(said.contains("/absent/ca.crt"), "{said}");
    }

    #[test]
    fn an_authority_that_is_there_is_fine() {
        let file = env!("CARGO_MANIFEST_DIR");
        let url = format!("postgres://a@db/b?sslrootcert={file}/Cargo.toml&sslmode=require");
        assert_eq!(refusal(&url), None);
    }
}
