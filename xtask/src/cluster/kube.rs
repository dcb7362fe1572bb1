//! Runs programs and waits for what they bring about.

use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

const POLL: Duration = Duration::from_millis(500);

/// Runs to the end; answers what it printed. What it complained of is the error.
pub async fn finish(command: &mut Command) -> anyhow::Result<String> {
    finish_with(command, "").await
}

/// As `finish`, with something to read.
pub async fn finish_with(command: &mut Command, input: &str) -> anyhow::Result<String> {
    let program = command.as_std().get_program().to_string_lossy();
    let program = program.rsplit('/').next().unwrap_or_default().to_owned();
    let mut child = command
        .kill_on_drop(true)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{program} could not be started"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // It may have read enough, and its status tells.
        let _unread = stdin.write_all(input.as_bytes()).await;
    }
    let output = child.wait_with_output().await?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{program}: {}", complaint.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Asks until there is an answer; fails when there is none at the deadline, or when asking
/// failed then.
pub async fn until<T>(
    what: &str,
    deadline: Duration,
    mut ask: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let end = Instant::now() + deadline;
    loop {
        let asked = ask().await;
        match asked {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) | Err(_) if Instant::now() < end => {}
            Ok(None) => anyhow::bail!("{what}: not within {deadline:?}"),
            Err(error) => {
                return Err(error.context(format!("{what}: not within {deadline:?}")));
            }
        }
        sleep(POLL).await;
    }
}
