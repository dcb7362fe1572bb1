//! One platform per folder, and an end to what an earlier one left behind.

use std::fs::{self, File};
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use testkit::begun_at;

/// How long what was left behind may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// The folder is ours until this is dropped, or this process ends in whatever way.
pub struct Lock {
    _file: Flock<File>,
    groups: PathBuf,
}

impl Lock {
    /// Takes the folder; fails if another process has it.
    pub fn take(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)?;
        let owner = fs::read_to_string(&path).unwrap_or_default();
        let mut locked = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(locked) => locked,
            Err((_, Errno::EAGAIN)) => anyhow::bail!(
                "the platform of this checkout is running, or starting, as process {}",
                owner.trim()
            ),
            Err((_, error)) => return Err(error.into()),
        };
        locked.set_len(0)?;
        locked.rewind()?;
        writeln!(locked, "{}", std::process::id())?;
        Ok(Self {
            _file: locked,
            groups: folder.join("groups"),
        })
    }

    /// Whether some process has the folder.
    pub fn is_taken(folder: &Path) -> bool {
        let file = File::open(folder.join("lock"));
        file.is_ok_and(|it| Flock::lock(it, FlockArg::LockExclusiveNonblock).is_err())
    }

    /// Ends the process groups that an earlier run noted and did not end; answers how many.
    pub fn end_leftovers(&self) -> anyhow::Result<usize> {
        let noted = fs::read_to_string(&self.groups).unwrap_or_default();
        let mut ended = 0;
        for line in noted.lines() {
            let Some((pid, begun)) = line.split_once(' ') else {
                continue;
            };
            let pid = pid.parse()?;
            // The number may belong to somebody else by now.
            if begun_at(pid).is_some_and(|it| it.to_string() == begun) {
                let gone = testkit::end_group(pid, PATIENCE);
                anyhow::ensure!(gone, "process {pid} of an earlier run does not end");
                ended += 1;
            }
        }
        self.note(&[])?;
        Ok(ended)
    }

    /// Notes the process groups that run now.
    pub fn note(&self, pids: &[u32]) -> anyhow::Result<()> {
        let line = |pid: &u32| {
            let begun = begun_at(i32::try_from(*pid).ok()?)?;
            Some(format!("{pid} {begun}\n"))
        };
        let lines: String = pids.iter().filter_map(line).collect();
        let unfinished = self.groups.with_extension("new");
        fs::write(&unfinished, lines)?;
        fs::rename(&unfinished, &self.groups)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        let refused = Lock::take(folder.path()).err().unwrap().to_string();
        assert!(refused.contains(&std::process::id().to_string()));
        drop(first);
        Lock::take(folder.path()).unwrap();
    }

    #[test]
    fn only_what_was_noted_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(folder.path()).unwrap();
        lock.note(&[std::process::id()]).unwrap();
        let noted = fs::read_to_string(folder.path().join("groups")).unwrap();
        fs::write(folder.path().join("groups"), noted.replace(' ', " 1")).unwrap();
        assert_eq!(lock.end_leftovers().unwrap(), 0);
    }
}
