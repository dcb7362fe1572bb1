//! What compiling for images needs beside the toolchain of this checkout.

use std::process::Command;

use anyhow::Context as _;

use super::processor::Processor;
use crate::{install, tree};

/// Makes sure that it is there.
pub async fn prepare(processor: Processor) -> anyhow::Result<()> {
    add_target(processor.triple())?;
    if processor.is_native() {
        install::missing_package("musl-gcc", "musl-tools").await?;
    }
    Ok(())
}

/// Rust's own library for the target.
fn add_target(triple: &str) -> anyhow::Result<()> {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", triple]);
    let output = rustc.current_dir(tree::root()).output();
    let output = output.context("rustc could not be started")?;
    let folder = String::from_utf8(output.stdout)?;
    if std::path::Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", triple]);
    let added = rustup.current_dir(tree::root()).status();
    let by_hand =
        || format!("Rust's library for {triple} is needed; type: rustup target add {triple}");
    anyhow::ensure!(added.with_context(by_hand)?.success(), "{}", by_hand());
    Ok(())
}
