//! Programs between compiling and packing, in a place that does not depend on how cargo is set.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Keeps copies of programs in the folder. Those that did not change stay as they are, so that
/// nobody who watches the folder packs them again.
pub fn keep(programs: &HashMap<String, PathBuf>, folder: &Path) -> anyhow::Result<Vec<String>> {
    fs::create_dir_all(folder)?;
    let mut changed = Vec::new();
    for (service, program) in programs {
        let bytes = fs::read(program)?;
        let kept = folder.join(service);
        if fs::read(&kept).is_ok_and(|it| it == bytes) {
            continue;
        }
        let unfinished = folder.join(format!(".{service}"));
        fs::write(&unfinished, bytes)?;
        fs::rename(unfinished, kept)?;
        changed.push(service.clone());
    }
    changed.sort();
    Ok(changed)
}

/// The programs that were kept.
pub fn kept(services: &[String], folder: &Path) -> anyhow::Result<HashMap<String, PathBuf>> {
    let mut programs = HashMap::new();
    for service in services {
        let program = folder.join(service);
        let exists = program.is_file();
        let command = "cargo xtask image --only compile";
        anyhow::ensure!(exists, "{service} was not compiled yet; type: {command}");
        programs.insert(service.clone(), program);
    }
    Ok(programs)
}

/// The first bytes of a program, up to which processor it is for.
pub fn header(program: &Path) -> anyhow::Result<[u8; 20]> {
    let mut header = [0; 20];
    let mut file = fs::File::open(program)?;
    std::io::Read::read_exact(&mut file, &mut header)
        .with_context(|| format!("{} is no program", program.display()))?;
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let built = folder.path().join("built");
        let kept_in = folder.path().join("kept");
        fs::write(&built, "one").unwrap();
        let programs = HashMap::from([("auth-service".to_owned(), built.clone())]);
        assert_eq!(keep(&programs, &kept_in).unwrap(), ["auth-service"]);
        assert!(keep(&programs, &kept_in).unwrap().is_empty());
        fs::write(&built, "two").unwrap();
        assert_eq!(keep(&programs, &kept_in).unwrap(), ["auth-service"]);
        let services = ["auth-service".to_owned()];
        let found = kept(&services, &kept_in).unwrap();
        assert_eq!(fs::read(&found["auth-service"]).unwrap(), b"two");
        assert!(kept(&["story-service".to_owned()], &kept_in).is_err());
    }
}
