//! Keeps one process running.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use nix::sys::signal::Signal;
use testkit::Process;

use super::manifest::RunningService;
use super::services::Role;

const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// A process that ran this long was well.
const WELL: Duration = Duration::from_secs(10);

/// How long to wait before the next start: longer each time, until it was well for a while.
#[derive(Debug)]
pub struct Backoff {
    wait: Duration,
    started: Instant,
    due: Option<Instant>,
}

impl Backoff {
    /// Of what was started now.
    pub fn started() -> Self {
        Self {
            wait: FIRST_WAIT,
            started: Instant::now(),
            due: None,
        }
    }

    /// Takes note that it ended; answers how long to wait.
    pub fn ended(&mut self) -> Duration {
        if self.started.elapsed() >= WELL {
            self.wait = FIRST_WAIT;
        }
        let wait = self.wait;
        self.due = Some(Instant::now() + wait);
        self.wait = (wait * 2).min(LONGEST_WAIT);
        wait
    }

    /// Whether it ended and is not started again yet.
    pub fn is_waiting(&self) -> bool {
        self.due.is_some()
    }

    /// Whether it is time to start it again; from then on it counts as started.
    pub fn is_due(&mut self) -> bool {
        let due = self.due.is_some_and(|due| Instant::now() >= due);
        if due {
            self.due = None;
            self.started = Instant::now();
        }
        due
    }
}

/// What is new about a process.
pub enum News {
    /// It ended, and starts again after so long.
    Ended(String, Duration),
    /// It was started again.
    Restarted,
}

/// A process of the product.
pub struct Supervised {
    role: Role,
    binary: PathBuf,
    log: PathBuf,
    process: Process,
    backoff: Backoff,
}

impl Supervised {
    /// Starts it; what it prints is appended to a log of its own.
    pub fn start(role: Role, binary: &Path, logs: &Path) -> anyhow::Result<Self> {
        let log = logs.join(format!("{}-{}.log", role.package, role.plays));
        Ok(Self {
            process: launch(&role, binary, &log)?,
            role,
            binary: binary.to_owned(),
            log,
            backoff: Backoff::started(),
        })
    }

    /// `story-service worker`
    pub fn name(&self) -> String {
        format!("{} {}", self.role.package, self.role.plays)
    }

    /// The address of its operations listener.
    pub fn operations(&self) -> String {
        format!("http://{}", self.role.operations)
    }

    /// Fails if it ended, with what it said last.
    pub fn ensure_alive(&mut self) -> anyhow::Result<()> {
        let Some(status) = self.process.exited()? else {
            return Ok(());
        };
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let last = log.lines().last().unwrap_or_default();
        anyhow::bail!(
            "{} ended with {status}: {last} ({})",
            self.name(),
            self.log.display()
        )
    }

    /// Starts it again when it ended and waited long enough.
    pub fn watch(&mut self) -> anyhow::Result<Option<News>> {
        if self.backoff.is_due() {
            // It may be missing for a moment while it is built anew.
            return Ok(Some(match launch(&self.role, &self.binary, &self.log) {
                Ok(process) => {
                    self.process = process;
                    News::Restarted
                }
                Err(error) => News::Ended(format!("{error:#}"), self.backoff.ended()),
            }));
        }
        if self.backoff.is_waiting() {
            return Ok(None);
        }
        let Some(status) = self.process.exited()? else {
            return Ok(None);
        };
        let wait = self.backoff.ended();
        Ok(Some(News::Ended(status.to_string(), wait)))
    }

    /// Asks it to end. It is waited for, and made to end if need be, when this is dropped.
    pub fn ask_to_end(&mut self) {
        self.process.ask_to_end();
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// As `platform.json` has it.
    pub fn described(&self) -> RunningService {
        RunningService {
            name: self.role.package.to_owned(),
            role: self.role.plays.to_owned(),
            pid: self.process.pid(),
            ops: self.operations(),
            log: self.log.clone(),
        }
    }
}

fn launch(role: &Role, binary: &Path, log: &Path) -> anyhow::Result<Process> {
    let name = format!("{} {}", role.package, role.plays);
    let log = File::options()
        .create(true)
        .append(true)
        .open(log)
        .context("logs are kept")?;
    let mut command = Process::command(binary, Signal::SIGTERM);
    command
        .arg(role.plays)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    settings_only(&mut command, &role.settings);
    Process::spawn(&name, &mut command, Signal::SIGTERM)
}

/// Gives a command these settings, and none that happen to be set around us.
pub fn settings_only(command: &mut Command, settings: &[(String, String)]) {
    let ours = ["AUTH__", "STORY__", "NOTIFICATION__", "RATELIMIT__"];
    for (name, _) in std::env::vars_os() {
        if ours.iter().any(|it| name.to_string_lossy().starts_with(it)) {
            command.env_remove(name);
        }
    }
    command.envs(settings.iter().map(|(name, value)| (name, value)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_two_seconds() {
        let mut backoff = Backoff::started();
        let waits: Vec<_> = (0..6).map(|_| backoff.ended().as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 2000]);
    }

    #[test]
    fn after_good_times_waits_are_short_again() {
        let mut backoff = Backoff::started();
        backoff.ended();
        backoff.ended();
        backoff.started = Instant::now().checked_sub(WELL).unwrap();
        assert_eq!(backoff.ended(), FIRST_WAIT);
    }
}
