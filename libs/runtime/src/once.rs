use std::process::ExitCode;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

/// Does what is done once, and makes its outcome that of the process. Asked to end before
/// it is done, drops the work where it is and answers what a shell says of a process that
/// the signal ended: 143 for SIGTERM, 130 for SIGINT.
///
/// The system does not do that by itself: it passes no signal to the first process of a
/// container that has no handler for it.
pub fn once<E>(
    work: impl Future<Output = Result<(), E>>,
) -> impl Future<Output = anyhow::Result<ExitCode>>
where
    anyhow::Error: From<E>,
{
    // What calls this stays small: the work may be large.
    let work = Box::pin(work);
    async move {
        let mut terminate = signal(SignalKind::terminate()).context("no SIGTERM")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("no SIGINT")?;
        let (reason, code) = tokio::select! {
            done = work => {
                done?;
                return Ok(ExitCode::SUCCESS);
            }
            _ = terminate.recv() => ("SIGTERM", 143),
            _ = interrupt.recv() => ("SIGINT", 130),
        };
        tracing::warn!(reason, "ending before the work is done");
        Ok(ExitCode::from(code))
    }
}
