//! Child processes in groups of their own that do not outlive us.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::programs;

const POLL: Duration = Duration::from_millis(5);

/// A child in a process group of its own. When it is dropped the group is ended, at the
/// latest five seconds after it was asked to.
///
/// Where `setpriv` is installed the system ends it even if we are killed. It then lives
/// no longer than the thread that started it.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    stop: Signal,
    asked: Option<Instant>,
    exited: Option<ExitStatus>,
}

impl Process {
    /// A command for [`Process::spawn`] that gets `stop` when we die, if the system can do so.
    pub fn command(program: &Path, stop: Signal) -> Command {
        let Some(setpriv) = programs::find("setpriv") else {
            return Command::new(program);
        };
        let mut command = Command::new(setpriv);
        let signal = stop.as_str().trim_start_matches("SIG");
        command.args(["--pdeathsig", signal, "--"]).arg(program);
        command
    }

    /// Starts it; `stop` is the signal that asks it to end.
    pub fn spawn(name: &str, command: &mut Command, stop: Signal) -> anyhow::Result<Self> {
        let child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("{name} could not be started"))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            stop,
            asked: None,
            exited: None,
        })
    }

    /// Its process id, which is also that of its group.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it did.
    pub fn exited(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.exited.is_none() {
            self.exited = self.child.try_wait()?;
            if self.exited.is_some() {
                self.clear_group();
            }
        }
        Ok(self.exited)
    }

    /// Sends a signal to the process alone.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        kill(self.group(), signal).with_context(|| format!("{} got no {signal}", self.name))
    }

    /// Waits for it to end.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = self.exited()? {
                return Ok(status);
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Asks it to end, and does not wait. Asking again changes nothing.
    pub fn ask_to_end(&mut self) {
        if self.asked.is_none() && matches!(self.exited(), Ok(None)) {
            self.asked = Some(Instant::now());
            let _asked = kill(self.group(), self.stop);
            let _woken = kill(self.group(), Signal::SIGCONT);
        }
    }

    /// Asks it to end, makes it end after `patience`, and clears its group.
    pub async fn stop(&mut self, patience: Duration) -> io::Result<ExitStatus> {
        self.ask_to_end();
        if let Ok(status) = tokio::time::timeout(patience, self.wait()).await {
            return status;
        }
        self.clear_group();
        self.wait().await
    }

    fn stop_now(&mut self, patience: Duration) {
        self.ask_to_end();
        let end = self.asked.unwrap_or_else(Instant::now) + patience;
        while matches!(self.exited(), Ok(None)) && Instant::now() < end {
            std::thread::sleep(POLL);
        }
        self.clear_group();
        let _reaped = self.child.wait();
    }

    /// Ends what is left of the group; harmless when nothing is.
    fn clear_group(&self) {
        let _gone = killpg(self.group(), Signal::SIGKILL);
    }

    fn group(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap_or(i32::MAX))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        const PATIENCE: Duration = Duration::from_secs(5);
        if matches!(self.exited(), Ok(None)) {
            self.stop_now(PATIENCE);
        }
    }
}

/// When a process began, in ticks since the machine started; nothing if it has ended.
pub fn begun_at(pid: i32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // proc(5): the name in brackets may hold anything; state is field 3, the start field 22.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let state = fields.next()?;
    let begun = fields.nth(18)?.parse().ok()?;
    (state != "Z").then_some(begun)
}

/// Ends a group that an earlier run left behind: asks, then insists. True if its leader is
/// gone.
pub fn end_group(leader: i32, patience: Duration) -> bool {
    const INSISTING: Duration = Duration::from_secs(2);
    let group = Pid::from_raw(leader);
    for (signal, patience) in [(Signal::SIGTERM, patience), (Signal::SIGKILL, INSISTING)] {
        let _sent = killpg(group, signal);
        let end = Instant::now() + patience;
        while begun_at(leader).is_some() && Instant::now() < end {
            std::thread::sleep(POLL);
        }
    }
    begun_at(leader).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_group_that_does_not_listen_is_ended_all_the_same() {
        let mut command = Process::command(Path::new("/bin/sh"), Signal::SIGTERM);
        command.args(["-c", "trap '' TERM; sleep 60 & wait; wait"]);
        let mut stubborn = Process::spawn("sh", &mut command, Signal::SIGTERM).unwrap();
        let pid = i32::try_from(stubborn.pid()).unwrap();
        assert!(begun_at(pid).is_some());
        stubborn.stop(Duration::from_millis(50)).await.unwrap();
        assert_eq!(begun_at(pid), None);
    }

    #[test]
    fn what_was_left_behind_is_ended() {
        let mut child = Command::new("sleep")
            .arg("60")
            .process_group(0)
            .spawn()
            .unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        assert!(end_group(pid, Duration::from_secs(5)));
        child.wait().unwrap();
    }
}
