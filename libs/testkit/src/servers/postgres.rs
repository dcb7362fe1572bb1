#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;

use super::{PATIENCE, ServerUser, listening, loopback};
use crate::{Process, free_port, programs};

/// Where a private PostgreSQL lives.
#[derive(Debug, Clone)]
pub struct PostgresPlace {
    /// Its data folder; made if it is not there. The user must be able to reach it.
    pub data: PathBuf,
    /// What it prints is appended here.
    pub log: PathBuf,
    /// The port, on loopback.
    pub port: u16,
    /// As whom it runs.
    pub user: ServerUser,
    /// The password of its superuser `postgres`; without one everybody on this machine is let in.
    pub password: Option<String>,
    /// Faster, and data may be lost when the machine fails.
    pub careless: bool,
}

/// A private PostgreSQL, ended when it is dropped.
#[derive(Debug)]
pub struct Postgres {
    place: PostgresPlace,
    programs: PathBuf,
    process: Option<Process>,
    temporary: Option<TempDir>,
}

impl Postgres {
    /// An empty one for a test, in which everybody is superuser.
    pub async fn start() -> Self {
        Self::try_start()
            .await
            .expect("a private PostgreSQL starts")
    }

    /// An empty one for a test, which lets nobody in without a password; this one is its
    /// superuser's.
    pub async fn start_with_password(password: &str) -> Self {
        Self::temporary(Some(password.to_owned()))
            .await
            .expect("a private PostgreSQL starts")
    }

    /// As [`Postgres::start`], with what went wrong.
    pub async fn try_start() -> anyhow::Result<Self> {
        Self::temporary(None).await
    }

    async fn temporary(password: Option<String>) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("storyloom-postgres-")?;
        let user = ServerUser::unprivileged()?;
        user.own(folder.path())?;
        let place = PostgresPlace {
            data: folder.path().join("data"),
            log: folder.path().join("log"),
            port: free_port(),
            user,
            password,
            careless: true,
        };
        let mut postgres = Self::open(place).await?;
        postgres.temporary = Some(folder);
        Ok(postgres)
    }

    /// One at a given place, with the data that are there.
    pub async fn open(place: PostgresPlace) -> anyhow::Result<Self> {
        let programs = programs::postgres().context("there is no PostgreSQL 14 or later")?;
        let mut postgres = Self {
            place,
            programs,
            process: None,
            temporary: None,
        };
        if !postgres.place.data.join("PG_VERSION").exists() {
            postgres.init()?;
        }
        postgres.launch().await?;
        Ok(postgres)
    }

    /// A finished data folder appears by rename, so that a broken attempt is never used.
    fn init(&self) -> anyhow::Result<()> {
        let place = &self.place;
        let unfinished = place.data.with_extension("new");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished)?;
        }
        fs::create_dir(&unfinished)?;
        place.user.own(&unfinished)?;
        let mut command = Command::new(self.programs.join("initdb"));
        place
            .user
            .runs(&mut command)
            .arg("--pgdata")
            .arg(&unfinished);
        command.args([
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ]);
        let password = self.password_file()?;
        match &password {
            Some(file) => command
                .arg("--auth=scram-sha-256")
                .arg("--pwfile")
                .arg(file.path()),
            None => command.arg("--auth=trust"),
        };
        let output = command.stdin(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "initdb failed: {}", said.trim());
        fs::rename(&unfinished, &place.data)?;
        Ok(())
    }

    fn password_file(&self) -> anyhow::Result<Option<tempfile::NamedTempFile>> {
        let Some(password) = &self.place.password else {
            return Ok(None);
        };
        let mut file = tempfile::NamedTempFile::new()?;
        writeln!(file, "{password}")?;
        self.place.user.own(file.path())?;
        Ok(Some(file))
    }

    async fn launch(&mut self) -> anyhow::Result<()> {
        let place = &self.place;
        let log = File::options().create(true).append(true).open(&place.log)?;
        let mut command = Process::command(&self.programs.join("postgres"), Signal::SIGINT);
        command.arg("-D").arg(&place.data);
        for setting in configuration(place) {
            command.arg("-c").arg(setting);
        }
        place
            .user
            .runs(&mut command)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let mut process = Process::spawn("PostgreSQL", &mut command, Signal::SIGINT)?;
        let started = listening(&mut process, place.port).await;
        started
            .with_context(|| format!("PostgreSQL did not start, see {}", place.log.display()))?;
        self.process = Some(process);
        self.ready().await
    }

    /// It takes connections a moment before it serves them.
    async fn ready(&self) -> anyhow::Result<()> {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            match self.try_psql("postgres", "select 1").await {
                Ok(_) => return Ok(()),
                Err(error) if tokio::time::Instant::now() > end => return Err(error),
                Err(_) => tokio::time::sleep(super::POLL).await,
            }
        }
    }

    /// The port, the same one after a restart.
    pub fn port(&self) -> u16 {
        self.place.port
    }

    /// The process, unless it is stopped.
    pub fn process(&mut self) -> Option<&mut Process> {
        self.process.as_mut()
    }

    /// The URL of a database, as superuser.
    pub fn url(&self, database: &str) -> String {
        let password = self.place.password.as_ref();
        let password = password.map(|it| format!(":{it}")).unwrap_or_default();
        format!(
            "postgres://postgres{password}@{}/{database}",
            loopback(self.place.port)
        )
    }

    /// The URL of the database `postgres`, as superuser: what `#[sqlx::test]` takes.
    pub fn admin_url(&self) -> String {
        self.url("postgres")
    }

    /// Makes an empty database.
    pub async fn create_database(&self, name: &str) {
        self.psql("postgres", &format!("create database {name}"))
            .await;
    }

    /// Makes an empty schema; the answer is a URL whose connections look into it alone.
    pub async fn create_schema(&self, database: &str, schema: &str) -> String {
        self.psql(database, &format!("create schema {schema}"))
            .await;
        format!("{}?options=-csearch_path%3D{schema}", self.url(database))
    }

    /// Runs statements in a database and answers what they print, bare.
    pub async fn psql(&self, database: &str, sql: &str) -> String {
        self.try_psql(database, sql)
            .await
            .expect("the statements succeed")
    }

    /// As [`Postgres::psql`], with what went wrong.
    pub async fn try_psql(&self, database: &str, sql: &str) -> anyhow::Result<String> {
        let mut psql = tokio::process::Command::new(self.programs.join("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        psql.args(["--set", "ON_ERROR_STOP=1"]);
        // By environment: the list of processes shows arguments to everybody.
        psql.env(
            "PGPASSWORD",
            self.place.password.as_deref().unwrap_or_default(),
        );
        psql.env("PGHOST", "127.0.0.1")
            .env("PGPORT", self.place.port.to_string());
        psql.env("PGUSER", "postgres").env("PGDATABASE", database);
        psql.env("PGCONNECT_TIMEOUT", "5")
            .env("PGOPTIONS", "-cclient_min_messages=warning");
        psql.stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut psql = psql.current_dir("/").kill_on_drop(true).spawn()?;
        let mut input = psql.stdin.take().context("psql takes input")?;
        input.write_all(sql.as_bytes()).await?;
        drop(input);
        let output = psql.wait_with_output().await?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "psql: {}", said.trim());
        Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
    }

    /// Ends it as an operator would.
    pub async fn stop(&mut self) {
        self.end().await;
    }

    /// Ends all of it without warning: connections break, the next start recovers.
    pub async fn kill(&mut self) {
        self.signal(Signal::SIGQUIT);
        let mut process = self.process.take().expect("PostgreSQL is running");
        process.wait().await.expect("PostgreSQL ends");
    }

    async fn end(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.stop(PATIENCE).await.expect("PostgreSQL ends");
        }
    }

    /// Starts it again on the same port, after ending it if it still ran.
    pub async fn restart(&mut self) {
        self.try_restart().await.expect("PostgreSQL starts again");
    }

    /// As [`Postgres::restart`], with what went wrong.
    pub async fn try_restart(&mut self) -> anyhow::Result<()> {
        self.end().await;
        self.launch().await
    }

    /// From now on it takes connections but answers nothing.
    pub fn pause(&self) {
        self.signal_all(Signal::SIGSTOP);
    }

    /// It answers again.
    pub fn resume(&self) {
        self.signal_all(Signal::SIGCONT);
    }

    /// Its children have process groups of their own.
    fn signal_all(&self, signal: Signal) {
        self.signal(signal);
        let pid = self.process.as_ref().expect("PostgreSQL is running").pid();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        for child in children.unwrap_or_default().split_whitespace() {
            let child = Pid::from_raw(child.parse().expect("the system lists numbers"));
            // It may have ended meanwhile.
            let _sent = kill(child, signal);
        }
    }

    fn signal(&self, signal: Signal) {
        let process = self.process.as_ref().expect("PostgreSQL is running");
        process.signal(signal).expect("PostgreSQL is running");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.process.take());
        drop(self.temporary.take());
    }
}

/// What is set on the command line: nothing in the data folder needs editing.
fn configuration(place: &PostgresPlace) -> Vec<String> {
    const CARELESS: &[&str] = &["fsync=off", "full_page_writes=off"];
    let mut settings = vec![
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={}", place.port),
        "unix_socket_directories=".to_owned(),
        "max_connections=300".to_owned(),
    ];
    if place.careless {
        settings.extend(CARELESS.iter().map(|it| (*it).to_owned()));
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_keeps_its_data_and_ends_when_dropped() {
        let mut postgres = Postgres::start().await;
        postgres.create_database("things").await;
        let url = postgres.create_schema("things", "story").await;
        assert!(url.ends_with("/things?options=-csearch_path%3Dstory"));
        let sql = "create table story.a (b int); insert into story.a values (7)";
        postgres.psql("things", sql).await;
        postgres.kill().await;
        assert!(postgres.try_psql("things", "select 1").await.is_err());
        postgres.restart().await;
        postgres.pause();
        postgres.resume();
        assert_eq!(postgres.psql("things", "select b from story.a").await, "7");
        let (port, data) = (postgres.port(), postgres.place.data.clone());
        drop(postgres);
        assert!(std::net::TcpStream::connect(loopback(port)).is_err());
        assert!(!data.exists());
    }
}
