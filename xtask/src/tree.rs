//! Where things lie in this checkout.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// The checkout.
pub fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// What `up` keeps between runs.
pub fn dev() -> PathBuf {
    root().join("target/dev")
}

/// A folder that nobody else may look into.
pub fn private_folder(path: &Path) -> std::io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// Writes a file that nobody else may read; it appears whole, by rename.
pub fn write_private(path: &Path, content: &str) -> std::io::Result<()> {
    let unfinished = path.with_extension("new");
    let _old = fs::remove_file(&unfinished);
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)?;
    std::io::Write::write_all(&mut file, content.as_bytes())?;
    fs::rename(&unfinished, path)
}
