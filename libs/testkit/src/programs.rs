//! Finds the programs that are not ours: on PATH, or where systems put them.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where programs lie besides PATH.
const USUAL: &[&str] = &[
    "/usr/local/bin",
    "/usr/bin",
    "/bin",
    "/usr/local/sbin",
    "/usr/sbin",
    "/sbin",
    "/opt/homebrew/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql/bin",
];
/// Folders with one folder per version of PostgreSQL in them.
const POSTGRES_VERSIONS: &[&str] = &["/usr/lib/postgresql", "/opt/postgresql"];
const OLDEST_POSTGRES: u32 = 14;
const OLDEST_REDIS: u32 = 7;

/// Where a program is, if it is installed.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).collect::<Vec<_>>();
    let usual = USUAL.iter().map(PathBuf::from);
    let mut places = on_path.into_iter().chain(usual);
    places.find_map(|folder| executable(&folder.join(name)))
}

/// The folder with `initdb`, `postgres` and `psql` of PostgreSQL 14 or later: the newest.
pub fn postgres() -> Option<PathBuf> {
    let versions = POSTGRES_VERSIONS
        .iter()
        .filter_map(|it| fs::read_dir(it).ok());
    let versions = versions.flatten().flatten().map(|it| it.path().join("bin"));
    // It looks for its files beside the program itself, and distributions put links on PATH.
    let on_path = find("postgres").and_then(|it| fs::canonicalize(it).ok());
    let on_path = on_path.and_then(|it| it.parent().map(Path::to_path_buf));
    let folders = versions.chain(on_path);
    let complete = |folder: &PathBuf| {
        let has = |name| executable(&folder.join(name)).is_some();
        has("initdb") && has("postgres") && has("psql")
    };
    let with_version = |folder: PathBuf| Some((version(&folder.join("postgres"))?, folder));
    let found = folders.filter(complete).filter_map(with_version);
    let newest = found.max_by_key(|(version, _)| *version);
    newest
        .filter(|(version, _)| *version >= OLDEST_POSTGRES)
        .map(|(_, folder)| folder)
}

/// A Redis server of version 7 or later, or Valkey.
pub fn redis() -> Option<PathBuf> {
    let servers = ["redis-server", "valkey-server"]
        .into_iter()
        .filter_map(find);
    let mut recent = servers.filter(|it| version(it).is_some_and(|it| it >= OLDEST_REDIS));
    recent.next()
}

/// The major version in what `--version` prints: `postgres (PostgreSQL) 15.8 …`,
/// `Redis server v=7.0.15 …`.
fn version(program: &Path) -> Option<u32> {
    let output = Command::new(program).arg("--version").output().ok()?;
    major(&String::from_utf8_lossy(&output.stdout))
}

fn major(text: &str) -> Option<u32> {
    let mut words = text.split_whitespace();
    let numbered = words.find_map(|word| {
        let digits = word.trim_start_matches("v=");
        digits
            .starts_with(|it: char| it.is_ascii_digit())
            .then_some(digits)
    })?;
    let end = numbered.find(|it: char| !it.is_ascii_digit());
    let (digits, _) = numbered.split_at(end.unwrap_or(numbered.len()));
    digits.parse().ok()
}

fn executable(path: &Path) -> Option<PathBuf> {
    let metadata = fs::metadata(path).ok()?;
    let runs = metadata.is_file() && metadata.permissions().mode() & 0o111 != 0;
    runs.then(|| path.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<u32>) {
        assert_eq!(major(text), expected);
    }

    #[test]
    fn the_major_version_is_read() {
        check(
            "postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)",
            Some(15),
        );
        check("postgres (PostgreSQL) 18beta1", Some(18));
        check(
            "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc",
            Some(7),
        );
        check("Valkey server v=8.1.1 sha=00000000:0", Some(8));
        check("nothing", None);
    }

    #[test]
    fn a_program_is_found_by_name() {
        assert!(find("sh").is_some());
        assert!(find("no-such-program-at-all").is_none());
    }
}
