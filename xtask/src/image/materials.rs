//! The bill of materials: which crates a program was made of, by what stands in the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::tools;

/// Writes it as a `CycloneDX` document into a folder.
pub async fn write(service: &str, program: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let tool = tools::AUDITABLE2CDX;
    let mut command = Command::new(tool.install().await?.join(tool.program));
    command.arg(program).stderr(Stdio::inherit());
    let output = command.kill_on_drop(true).output().await?;
    anyhow::ensure!(
        output.status.success(),
        "{} does not tell what it is made of",
        program.display()
    );
    let path = folder.join(format!("{service}.cdx.json"));
    fs::write(&path, output.stdout)?;
    Ok(path)
}
