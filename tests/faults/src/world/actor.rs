use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use nix::sys::signal::Signal;
use testkit::{Process, programs};

use super::{World, limits};
use crate::player::Place;
use crate::proxy::Proxy;

/// How long an actor may take to end after SIGTERM: what it has for running jobs, five
/// seconds, and what a slow machine takes.
const DRAINS: Duration = Duration::from_secs(12);

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Publishes and repairs.
    Relay,
    /// Does jobs.
    Worker,
}

impl Role {
    /// The subcommand that plays it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Relay => "relay",
            Self::Worker => "worker",
        }
    }
}

/// A relay or worker process with ways of its own.
#[derive(Debug)]
pub struct Actor {
    /// What it does.
    pub role: Role,
    /// Its way to the ledger.
    pub to_postgres: Proxy,
    /// Its way to the stream.
    pub to_redis: Proxy,
    /// How often it was ended without notice: each time leaves a consumer behind.
    pub killed: usize,
    program: PathBuf,
    log: PathBuf,
    /// By how much its clock is wrong, if it is.
    clock: Option<&'static str>,
    process: Option<Process>,
}

impl Actor {
    pub(super) async fn start(
        program: &Path,
        role: Role,
        (postgres, redis): (u16, u16),
        log: PathBuf,
        clock: Option<&'static str>,
    ) -> anyhow::Result<Self> {
        let mut actor = Self {
            role,
            to_postgres: Proxy::to(postgres).await?,
            to_redis: Proxy::to(redis).await?,
            killed: 0,
            program: program.to_owned(),
            clock,
            log,
            process: None,
        };
        actor.launch()?;
        Ok(actor)
    }

    /// Starts its process, which must have ended.
    pub fn launch(&mut self) -> anyhow::Result<()> {
        let postgres = World::ledger_at(self.to_postgres.port());
        let redis = format!("redis://127.0.0.1:{}", self.to_redis.port());
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut command = match self.clock {
            None => Process::command(&self.program, Signal::SIGKILL),
            Some(clock) => {
                let faketime = programs::find("faketime").context("faketime is installed")?;
                let mut command = Process::command(&faketime, Signal::SIGKILL);
                // What is measured by the clock that only runs stays right.
                command.env("DONT_FAKE_MONOTONIC", "1");
                command.args(["-f", clock]).arg(&self.program);
                command
            }
        };
        command
            .arg(self.role.name())
            .args(Place::arguments(&postgres, &redis, &limits()))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        self.process = Some(Process::spawn(
            self.role.name(),
            &mut command,
            Signal::SIGTERM,
        )?);
        Ok(())
    }

    /// Ends it without notice.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut process) = self.process.take() {
            self.killed += 1;
            process.signal(Signal::SIGKILL)?;
            process.wait().await?;
        }
        Ok(())
    }

    /// Asks it to end. It must do so by itself and in time.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        let Some(mut process) = self.process.take() else {
            return Ok(());
        };
        process.ask_to_end();
        let ended = tokio::time::timeout(DRAINS, process.wait()).await;
        let Ok(status) = ended else {
            anyhow::bail!("a {} did not end within {DRAINS:?}", self.role.name());
        };
        let status = status?;
        // So soon after its start that it did not listen yet.
        let early = status.signal() == Some(Signal::SIGTERM as i32);
        let role = self.role.name();
        anyhow::ensure!(status.success() || early, "a {role} ended: {status}");
        Ok(())
    }

    /// Its process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::pid)
    }

    /// How many consumers it may have left behind: those of processes that were killed, and of
    /// those that said on their way out that they could not finish.
    pub fn left(&self) -> usize {
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        let unfinished = |line: &&str| {
            line.contains("left to the relay")
                || line.contains("could not sign off")
                || line.contains("own entries could not be read")
        };
        self.killed + said.lines().filter(unfinished).count()
    }

    /// Freezes or thaws it.
    pub fn freeze(&self, frozen: bool) -> anyhow::Result<()> {
        let signal = if frozen {
            Signal::SIGSTOP
        } else {
            Signal::SIGCONT
        };
        self.process.as_ref().map_or(Ok(()), |it| it.signal(signal))
    }

    /// Whether it ended although nobody asked it to.
    pub fn has_failed(&mut self) -> anyhow::Result<bool> {
        let process = self.process.as_mut();
        Ok(process.map_or(Ok(None), Process::exited)?.is_some())
    }
}
