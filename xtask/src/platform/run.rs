use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use testkit::{MailSink, Postgres, Redis};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::front_door::{self, Backends};
use super::lock::Lock;
use super::manifest::Manifest;
use super::secrets::Secrets;
use super::services::{Addresses, Wiring, socket_path};
use super::start::{self, STARTING};
use super::supervise::{Backoff, News, Supervised};
use super::{database, datastores};
use crate::cargo::Profile;
use crate::console::{self, Step};
use crate::install;

/// How a platform is started.
pub struct Options {
    /// What it keeps is kept here.
    pub folder: PathBuf,
    /// How the services are compiled.
    pub profile: Profile,
    /// The port of the front door; 0 for any.
    pub front: u16,
    /// The port of the inbox; 0 for any.
    pub inbox: u16,
    /// Whether the sidecar keeps the limits.
    pub rate_limit: bool,
    /// Whether PostgreSQL may lose data when the machine fails.
    pub careless: bool,
}

/// How often it is looked whether everything is alive.
const WATCH: Duration = Duration::from_millis(20);

/// The whole system, running. Ended when it is dropped; fields are dropped in this order.
pub struct Platform {
    _front: JoinSet<()>,
    services: Vec<Supervised>,
    inbox: MailSink,
    redis: (Redis, Backoff),
    postgres: (Postgres, Backoff),
    public_url: String,
    files: Files,
    lock: Lock,
}

/// Removes what must not outlive a platform.
struct Files {
    folder: PathBuf,
    socket: PathBuf,
}

impl Platform {
    /// Installs what is missing, builds, and starts everything; ready when this returns.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        install::missing_programs().await?;
        let folder = options.folder.clone();
        fs::create_dir_all(folder.join("logs"))?;
        let lock = Lock::take(&folder)?;
        let leftovers = lock.end_leftovers()?;
        if leftovers > 0 {
            console::note(&format!(
                "ended {leftovers} processes that an earlier run left behind"
            ));
        }
        let files = Files {
            socket: socket_path(&folder)?,
            folder,
        };
        files.remove();
        let binaries = start::build(options.profile).await?;
        Self::launch(&options, &binaries, files, lock).await
    }

    async fn launch(
        options: &Options,
        binaries: &HashMap<String, PathBuf>,
        files: Files,
        lock: Lock,
    ) -> anyhow::Result<Self> {
        let folder = files.folder.clone();
        let secrets = Secrets::of(&folder)?;
        let postgres = start::postgres(&folder, &secrets, options.careless).await?;
        let step = Step::begin("Redis");
        let redis = datastores::redis(&folder).await?;
        step.done(&redis.url());
        let (front, inbox) = start::doors(options).await?;
        let public_url = format!("http://localhost:{}", front.local_addr()?.port());
        let wiring = Wiring {
            secrets: &secrets,
            postgres_port: postgres.port(),
            redis_url: redis.url(),
            smtp: inbox.smtp_addr(),
            public_url: public_url.clone(),
            rate_limit: options.rate_limit,
            addresses: Addresses::free(),
            socket: files.socket.clone(),
        };
        start::migrate(&wiring, binaries).await?;
        let backends = Backends {
            auth: wiring.addresses.auth_http(),
            story: wiring.addresses.story_http(),
            public_url: public_url.clone(),
        };
        let mut platform = Self {
            _front: front_door::open(front, backends),
            services: Vec::new(),
            inbox,
            redis: (redis, Backoff::started()),
            postgres: (postgres, Backoff::started()),
            public_url,
            files,
            lock,
        };
        platform.start_services(&wiring, binaries).await?;
        Ok(platform)
    }

    async fn start_services(
        &mut self,
        wiring: &Wiring<'_>,
        binaries: &HashMap<String, PathBuf>,
    ) -> anyhow::Result<()> {
        let step = Step::begin("services");
        let logs = self.files.folder.join("logs");
        for role in wiring.roles()? {
            let binary = start::binary(binaries, role.package)?;
            self.services.push(Supervised::start(role, binary, &logs)?);
        }
        self.note()?;
        let end = Instant::now() + STARTING;
        for service in &mut self.services {
            start::ready(service, end).await?;
        }
        step.done(&format!("{} processes are ready", self.services.len()));
        self.manifest().write(&self.files.folder)
    }

    /// Where everything is.
    pub fn manifest(&self) -> Manifest {
        Manifest {
            front: self.public_url.clone(),
            inbox: self.inbox.http_url(),
            smtp: self.inbox.smtp_addr().to_string(),
            postgres: self.postgres.0.url(database::DATABASE),
            redis: self.redis.0.url(),
            services: self.services.iter().map(Supervised::described).collect(),
        }
    }

    /// Tells people where to go.
    pub fn announce(&self) {
        let manifest = self.manifest();
        console::line("");
        console::line(&format!("  Storyloom   {}", manifest.front));
        console::line(&format!("  Inbox       {}", manifest.inbox));
        console::line(&format!(
            "  Logs        {}",
            self.files.folder.join("logs").display()
        ));
        let path = Manifest::path(&self.files.folder);
        console::line(&format!("  All places  {}", path.display()));
        console::line("");
        console::line("  cargo xtask story    asks for a story");
        console::line("  Ctrl-C               stops everything");
    }

    /// Starts again what ends, for ever.
    pub async fn supervise(&mut self) -> anyhow::Result<()> {
        loop {
            sleep(WATCH).await;
            let mut changed = self.watch_datastores().await;
            for service in &mut self.services {
                match service.watch()? {
                    None => {}
                    Some(News::Ended(how, wait)) => report(&service.name(), &how, wait),
                    Some(News::Restarted) => changed = true,
                }
            }
            if changed {
                self.note()?;
                self.manifest().write(&self.files.folder)?;
            }
        }
    }

    /// As with services; these keep their ports and data. True if one was started again.
    async fn watch_datastores(&mut self) -> bool {
        let mut changed = false;
        let (redis, backoff) = &mut self.redis;
        if has_ended(backoff, redis.process(), "Redis") {
            changed |= redis.try_restart().await.is_ok() || backoff.ended().is_zero();
        }
        let (postgres, backoff) = &mut self.postgres;
        if has_ended(backoff, postgres.process(), "PostgreSQL") {
            changed |= postgres.try_restart().await.is_ok() || backoff.ended().is_zero();
        }
        changed
    }

    /// Notes which processes to end should this one be killed.
    fn note(&mut self) -> anyhow::Result<()> {
        let mut pids: Vec<_> = self.services.iter().map(Supervised::pid).collect();
        pids.extend(self.redis.0.process().map(|it| it.pid()));
        pids.extend(self.postgres.0.process().map(|it| it.pid()));
        self.lock.note(&pids)
    }
}

impl Drop for Platform {
    /// Asks all services at once; each is then waited for, and the data stores end last.
    fn drop(&mut self) {
        for service in &mut self.services {
            service.ask_to_end();
        }
    }
}

impl Files {
    fn remove(&self) {
        Manifest::remove(&self.folder);
        let _absent = fs::remove_file(&self.socket);
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Whether it ended and it is time to start it again.
fn has_ended(backoff: &mut Backoff, process: Option<&mut testkit::Process>, name: &str) -> bool {
    if backoff.is_waiting() {
        return backoff.is_due();
    }
    let ended = process.and_then(|it| it.exited().ok().flatten());
    if let Some(status) = ended {
        report(name, &status.to_string(), backoff.ended());
    }
    false
}

fn report(name: &str, how: &str, wait: Duration) {
    console::note(&format!(
        "{name} ended with {how}; starting it again in {wait:?}"
    ));
}
