//! Where an image comes from: a commit, and its time.

use std::process::Command;

use anyhow::Context as _;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::{environment, tree};

/// A commit of this checkout, or nothing where there is no git.
pub struct Provenance {
    /// The commit; with `-dirty` where files differ from it.
    pub revision: Option<String>,
    /// `SOURCE_DATE_EPOCH`, else the commit's time: never the clock's.
    pub created: String,
}

impl Provenance {
    pub fn read() -> anyhow::Result<Self> {
        let seconds = environment::text("SOURCE_DATE_EPOCH");
        let seconds = seconds.or_else(|| git(&["log", "-1", "--format=%ct"]));
        let seconds = seconds.map_or(Ok(0), |it| it.parse());
        let seconds = seconds.context("SOURCE_DATE_EPOCH must be a number of seconds")?;
        let created = OffsetDateTime::from_unix_timestamp(seconds)?;
        Ok(Self {
            revision: revision(),
            created: created.format(&Rfc3339)?,
        })
    }
}

fn revision() -> Option<String> {
    let mut revision = git(&["rev-parse", "HEAD"])?;
    let differences = git(&["status", "--porcelain", "--untracked-files=no"])?;
    if !differences.is_empty() {
        revision.push_str("-dirty");
    }
    Some(revision)
}

/// What git answers, where there is git and a repository.
fn git(arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    let output = command.args(arguments).current_dir(tree::root()).output();
    let output = output.ok().filter(|it| it.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
