//! Runs the tests, and counts them.

use std::process::Stdio;

use ::console::strip_ansi_codes;
use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::databases::Databases;
use super::report::Outcome;
use crate::cargo::{self, Profile};
use crate::platform::{Manifest, Options, Platform};
use crate::{console, tree};

/// What the end-to-end tests are called.
const END_TO_END: &str = "e2e";

/// All but the end-to-end tests.
pub async fn most(databases: &Databases) -> anyhow::Result<Outcome> {
    let scope = ["--workspace", "--all-features", "--exclude", END_TO_END];
    run(&scope, databases.of_tests()).await
}

/// The end-to-end tests, against a platform of their own.
pub async fn end_to_end() -> anyhow::Result<Outcome> {
    let folder = tree::root().join("target/test");
    let mut platform = Platform::start(Options {
        folder: folder.clone(),
        profile: Profile::Dev,
        front: 0,
        inbox: 0,
        rate_limit: true,
        careless: true,
    })
    .await?;
    let path = Manifest::path(&folder).to_string_lossy().into_owned();
    let platform_file = vec![("STORYLOOM_PLATFORM".to_owned(), path)];
    tokio::select! {
        tested = run(&["--package", END_TO_END], platform_file) => tested,
        ended = platform.supervise() => Err(ended.err().context("the platform ended")?),
    }
}

/// How many tests ran.
#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
    ignored: usize,
    closing: Vec<String>,
}

async fn run(scope: &[&str], environment: Vec<(String, String)>) -> anyhow::Result<Outcome> {
    let runner: &[&str] = if testkit::programs::find("cargo-nextest").is_some() {
        &["nextest", "run", "--no-fail-fast"]
    } else {
        &["test", "--no-fail-fast"]
    };
    let arguments = [runner, scope].concat();
    console::line(&format!("$ cargo {}", arguments.join(" ")));
    let mut command = cargo::command(&arguments);
    command.env("SQLX_OFFLINE", "true").envs(environment);
    // One stream: cargo's own messages and what the tests say, in their order.
    let (reader, writer) = std::io::pipe()?;
    command
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .stdin(Stdio::null());
    let mut child = command.spawn().context("cargo could not be started")?;
    drop(command);
    let output = tokio::net::unix::pipe::Receiver::from_owned_fd(reader.into())?;
    let mut lines = BufReader::new(output).lines();
    let mut count = Count::default();
    while let Some(line) = lines.next_line().await? {
        console::line(&line);
        count.line(&line);
    }
    let status = child.wait().await?;
    for line in &count.closing {
        console::line(line);
    }
    let Count {
        passed,
        failed,
        ignored,
        ..
    } = count;
    anyhow::ensure!(status.success(), "{passed} tests passed, {failed} failed");
    anyhow::ensure!(passed > 0, "no test ran");
    Ok(Outcome::Passed(format!(
        "{passed} tests passed, {ignored} ignored"
    )))
}

impl Count {
    /// Takes note of a runner's closing line: `test result: ok. 3 passed; 0 failed; …` or
    /// `Summary [1.2s] 3 tests run: 3 passed, 0 skipped`.
    fn line(&mut self, line: &str) {
        // Runners colour their lines where they are told to.
        let plain = strip_ansi_codes(line);
        let line = plain.trim();
        if !line.starts_with("test result:") && !line.starts_with("Summary [") {
            return;
        }
        let words: Vec<_> = line
            .split([' ', ';', ',', '.'])
            .filter(|it| !it.is_empty())
            .collect();
        let before = |word: &str| {
            let pairs = words.windows(2).filter(|it| it.last() == Some(&word));
            pairs
                .filter_map(|it| it.first()?.parse::<usize>().ok())
                .sum::<usize>()
        };
        self.passed += before("passed");
        self.failed += before("failed");
        self.ignored += before("ignored") + before("skipped");
        self.closing.push(line.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_runners_are_counted() {
        let mut count = Count::default();
        count.line("test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.01s");
        count.line(
            "\u{1b}[32;1m     Summary\u{1b}[0m [   1.250s] \u{1b}[1m5\u{1b}[0m tests run: \
             \u{1b}[1m5\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, \u{1b}[1m1\u{1b}[0m \u{1b}[33;1mskipped\u{1b}[0m",
        );
        count.line("test theme_length_is_bounded ... ok");
        assert_eq!((count.passed, count.failed, count.ignored), (8, 1, 3));
        assert_eq!(count.closing.len(), 2);
    }
}
