//! Secrets, made once and handed over as files.

use std::fs;
use std::path::{Path, PathBuf};

use crate::tree;

/// The folder of secrets, which nobody else may enter.
pub struct Secrets(PathBuf);

impl Secrets {
    /// Those of a platform.
    pub fn of(folder: &Path) -> anyhow::Result<Self> {
        let secrets = folder.join("secrets");
        tree::private_folder(&secrets)?;
        Ok(Self(secrets))
    }

    /// The file of a secret; it is made if it is not there.
    pub fn file(&self, name: &str, make: fn() -> String) -> anyhow::Result<PathBuf> {
        let path = self.0.join(name);
        if !path.exists() {
            tree::write_private(&path, &make())?;
        }
        Ok(path)
    }

    /// Whether there is one yet.
    pub fn has(&self, name: &str) -> bool {
        self.0.join(name).exists()
    }

    /// The password of a database role.
    pub fn password(&self, role: &str) -> anyhow::Result<String> {
        let path = self.file(&password_name(role), word)?;
        Ok(fs::read_to_string(path)?)
    }

    /// The file with the password of a database role.
    pub fn password_file(&self, role: &str) -> anyhow::Result<PathBuf> {
        self.file(&password_name(role), word)
    }

    /// The file with the token that a service shows to others.
    pub fn token_file(&self, service: &str) -> anyhow::Result<PathBuf> {
        self.file(&format!("{service}.token"), word)
    }
}

/// What the password of a role is called.
pub fn password_name(role: &str) -> String {
    format!("postgres-{role}.password")
}

/// 256 random bits as hexadecimal digits, which need no quoting anywhere.
fn word() -> String {
    testkit::random_bytes::<32>()
        .map(|it| format!("{it:02x}"))
        .concat()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn secrets_are_made_once_and_closed_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::of(folder.path()).unwrap();
        let password = secrets.password("auth").unwrap();
        assert_eq!(secrets.password("auth").unwrap(), password);
        let mode = |path: PathBuf| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(secrets.password_file("auth").unwrap()), 0o600);
        assert_eq!(mode(folder.path().join("secrets")), 0o700);
    }
}
