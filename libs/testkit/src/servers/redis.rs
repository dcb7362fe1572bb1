#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use nix::sys::signal::Signal;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::{PATIENCE, POLL, did_not_start, listening, loopback};
use crate::{Process, eventually_true, free_port, programs};

/// Where a private Redis lives, and what it keeps.
#[derive(Debug, Clone)]
pub struct RedisPlace {
    /// Its data folder, which exists.
    pub folder: PathBuf,
    /// What it prints is appended here.
    pub log: PathBuf,
    /// The port, on loopback.
    pub port: u16,
    /// Whether data survive a restart.
    pub keeps: Keeps,
}

/// What survives a restart of Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// Nothing.
    Nothing,
    /// All but the last second.
    Nearly,
    /// Everything.
    All,
}

/// A private Redis or Valkey, ended when it is dropped.
#[derive(Debug)]
pub struct Redis {
    place: RedisPlace,
    process: Option<Process>,
    temporary: Option<TempDir>,
    cluster: bool,
}

impl Redis {
    /// One that keeps nothing, for a test.
    pub async fn start() -> Self {
        Self::temporary(Keeps::Nothing, false)
            .await
            .expect("a private Redis starts")
    }

    /// A Redis Cluster of one node that has all slots, for a test.
    pub async fn start_cluster() -> Self {
        let redis = Self::temporary(Keeps::Nothing, true).await;
        let redis = redis.expect("a private Redis starts");
        redis.cli(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]).await;
        let ready = async || {
            let info = redis.cli(&["CLUSTER", "INFO"]).await;
            info.contains("cluster_state:ok")
        };
        eventually_true("the cluster is ready", PATIENCE, ready).await;
        redis
    }

    /// As [`Redis::start`], with what went wrong.
    pub async fn try_start() -> anyhow::Result<Self> {
        Self::temporary(Keeps::Nothing, false).await
    }

    /// One whose data survive [`Redis::restart`], for a test.
    pub async fn start_persistent() -> Self {
        Self::temporary(Keeps::All, false)
            .await
            .expect("a private Redis starts")
    }

    async fn temporary(keeps: Keeps, cluster: bool) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("storyloom-redis-")?;
        let place = RedisPlace {
            folder: folder.path().to_owned(),
            log: folder.path().join("log"),
            port: free_port(),
            keeps,
        };
        let mut redis = Self {
            place,
            process: None,
            temporary: Some(folder),
            cluster,
        };
        redis.launch().await?;
        Ok(redis)
    }

    /// One at a given place.
    pub async fn open(place: RedisPlace) -> anyhow::Result<Self> {
        let mut redis = Self {
            place,
            process: None,
            temporary: None,
            cluster: false,
        };
        redis.launch().await?;
        Ok(redis)
    }

    async fn launch(&mut self) -> anyhow::Result<()> {
        let place = &self.place;
        let program = programs::redis().context("there is no redis-server 7 or valkey-server")?;
        let log = File::options().create(true).append(true).open(&place.log)?;
        let mut command = Process::command(&program, Signal::SIGTERM);
        arguments(&mut command, place);
        if self.cluster {
            let port = free_port().to_string();
            command.args(["--cluster-enabled", "yes", "--cluster-port", &port]);
        }
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let mut process = Process::spawn("Redis", &mut command, Signal::SIGTERM)?;
        let started = listening(&mut process, place.port).await;
        started.with_context(|| did_not_start("Redis", &place.log))?;
        self.process = Some(process);
        self.ready().await
    }

    /// `redis://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("redis://{}", loopback(self.place.port))
    }

    /// From now on, until it ends, it also speaks TLS: `rediss://localhost:port`. Who trusts
    /// `authority` trusts it.
    #[cfg(feature = "tls")]
    pub async fn encrypt(&self, authority: &crate::Authority) -> String {
        let (certificate, key) = authority.credentials("localhost");
        let file = |name: &str, text: String| {
            let path = self.place.folder.join(name);
            std::fs::write(&path, text).expect("its folder is writable");
            path.display().to_string()
        };
        let (certificate, key) = (file("tls.crt", certificate), file("tls.key", key));
        let port = free_port().to_string();
        let settings = [
            ["tls-cert-file", &certificate],
            ["tls-key-file", &key],
            ["tls-auth-clients", "no"],
            ["tls-port", &port],
        ];
        let command = [&["CONFIG", "SET"], settings.as_flattened()].concat();
        assert_eq!(self.cli(&command).await, "+OK\r\n");
        format!("rediss://localhost:{port}")
    }

    /// The port, the same one after a restart.
    pub fn port(&self) -> u16 {
        self.place.port
    }

    /// Its process id, unless it is stopped.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::pid)
    }

    /// The process, unless it is stopped.
    pub fn process(&mut self) -> Option<&mut Process> {
        self.process.as_mut()
    }

    /// Ends it as an operator would.
    pub async fn stop(&mut self) {
        self.end(PATIENCE).await;
    }

    /// Ends it without warning.
    pub async fn kill(&mut self) {
        if let Some(process) = &self.process {
            process.signal(Signal::SIGKILL).expect("Redis was running");
        }
        self.end(Duration::ZERO).await;
    }

    async fn end(&mut self, patience: Duration) {
        if let Some(mut process) = self.process.take() {
            process.stop(patience).await.expect("Redis ends");
        }
    }

    /// Starts it again on the same port, after ending it if it still ran.
    pub async fn restart(&mut self) {
        self.try_restart().await.expect("Redis starts again");
    }

    /// As [`Redis::restart`], with what went wrong.
    pub async fn try_restart(&mut self) -> anyhow::Result<()> {
        self.end(PATIENCE).await;
        self.launch().await
    }

    /// From now on it takes connections but answers nothing.
    pub fn pause(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// It answers again.
    pub fn resume(&self) {
        self.signal(Signal::SIGCONT);
    }

    fn signal(&self, signal: Signal) {
        let process = self.process.as_ref().expect("Redis is running");
        process.signal(signal).expect("Redis is running");
    }

    /// What it answers to one short command, raw (RESP).
    pub async fn cli(&self, words: &[&str]) -> String {
        self.try_cli(words).await.expect("Redis answers")
    }

    async fn try_cli(&self, words: &[&str]) -> io::Result<String> {
        let mut stream = TcpStream::connect(loopback(self.place.port)).await?;
        let begin = format!("*{}\r\n", words.len());
        let command = words.iter().fold(begin, |all, word| {
            format!("{all}${}\r\n{word}\r\n", word.len())
        });
        let quit = "*1\r\n$4\r\nQUIT\r\n";
        stream
            .write_all([&command, quit].concat().as_bytes())
            .await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer.strip_suffix("+OK\r\n").unwrap_or(&answer).to_owned())
    }

    /// It takes connections while it still reads its data.
    async fn ready(&self) -> anyhow::Result<()> {
        let end = Instant::now() + PATIENCE;
        while self.try_cli(&["PING"]).await? != "+PONG\r\n" {
            anyhow::ensure!(
                Instant::now() < end,
                "Redis is not ready after {PATIENCE:?}"
            );
            sleep(POLL).await;
        }
        Ok(())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        drop(self.process.take());
        drop(self.temporary.take());
    }
}

fn arguments(command: &mut Command, place: &RedisPlace) {
    let port = place.port.to_string();
    command
        .args([
            "--bind",
            "127.0.0.1",
            "--port",
            &port,
            "--save",
            "",
            "--dir",
        ])
        .arg(&place.folder);
    let (append, fsync) = match place.keeps {
        Keeps::Nothing => ("no", "no"),
        Keeps::Nearly => ("yes", "everysec"),
        Keeps::All => ("yes", "always"),
    };
    command.args(["--appendonly", append, "--appendfsync", fsync]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_answers_and_forgets_on_restart() {
        let mut redis = Redis::start().await;
        assert_eq!(redis.cli(&["SET", "a", "1"]).await, "+OK\r\n");
        assert_eq!(redis.cli(&["EXISTS", "a"]).await, ":1\r\n");
        redis.kill().await;
        assert!(TcpStream::connect(loopback(redis.port())).await.is_err());
        redis.restart().await;
        assert_eq!(redis.cli(&["EXISTS", "a"]).await, ":0\r\n");
    }

    #[tokio::test]
    async fn a_persistent_one_remembers() {
        let mut redis = Redis::start_persistent().await;
        redis.cli(&["SET", "a", "1"]).await;
        redis.kill().await;
        redis.restart().await;
        assert_eq!(redis.cli(&["EXISTS", "a"]).await, ":1\r\n");
    }

    #[tokio::test]
    async fn a_cluster_refuses_what_lies_in_two_slots() {
        let redis = Redis::start_cluster().await;
        let same = redis.cli(&["MSET", "{a}1", "1", "{a}2", "2"]).await;
        assert_eq!(same, "+OK\r\n");
        let two = redis.cli(&["MSET", "{a}1", "1", "{b}2", "2"]).await;
        assert!(two.starts_with("-CROSSSLOT"), "{two}");
    }

    #[tokio::test]
    async fn it_ends_when_dropped() {
        let redis = Redis::start().await;
        let (port, folder) = (redis.port(), redis.place.folder.clone());
        drop(redis);
        assert!(TcpStream::connect(loopback(port)).await.is_err());
        assert!(!folder.exists());
    }
}
