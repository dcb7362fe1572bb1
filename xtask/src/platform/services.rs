//! Which processes there are, and the settings that each is given.

use std::fmt::Display;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use testkit::{free_port, random_key, signing_key_pem};

use super::database::{DATABASE, owner};
use super::secrets::Secrets;
use crate::tree;

/// The crates that are built and started.
pub const PACKAGES: [&str; 4] = [
    "auth-service",
    "story-service",
    "notification-service",
    "ratelimit-sidecar",
];

/// The services with a schema: crate, prefix of its settings, schema.
pub const OWNERS: [Service; 3] = [
    Service::new("auth-service", "AUTH", "auth", &["story", "notification"]),
    Service::new("story-service", "STORY", "story", &["notification"]),
    Service::new(
        "notification-service",
        "NOTIFICATION",
        "notification",
        &["auth", "story"],
    ),
];

/// How many times what production allows is allowed here.
const LOOSER: u32 = 100;

/// A service with a schema of its own.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    pub package: &'static str,
    prefix: &'static str,
    pub schema: &'static str,
    callers: &'static [&'static str],
}

impl Service {
    const fn new(
        package: &'static str,
        prefix: &'static str,
        schema: &'static str,
        callers: &'static [&'static str],
    ) -> Self {
        Self {
            package,
            prefix,
            schema,
            callers,
        }
    }
}

/// A process that is kept running.
#[derive(Debug, Clone)]
pub struct Role {
    pub package: &'static str,
    pub plays: &'static str,
    pub operations: SocketAddr,
    pub settings: Vec<(String, String)>,
}

/// Everything that settings depend on.
pub struct Wiring<'a> {
    pub secrets: &'a Secrets,
    pub postgres_port: u16,
    pub redis_url: String,
    pub smtp: SocketAddr,
    pub public_url: String,
    pub rate_limit: bool,
    pub addresses: Addresses,
    pub socket: PathBuf,
}

/// Where the services listen.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    http: [SocketAddr; 3],
    grpc: [SocketAddr; 3],
}

impl Addresses {
    /// Free ones.
    pub fn free() -> Self {
        Self {
            http: std::array::from_fn(|_| free_address()),
            grpc: std::array::from_fn(|_| free_address()),
        }
    }

    /// The REST API of auth-service.
    pub fn auth_http(&self) -> SocketAddr {
        self.http[0]
    }

    /// The REST API of story-service.
    pub fn story_http(&self) -> SocketAddr {
        self.http[1]
    }
}

impl Wiring<'_> {
    /// The processes, in the order in which they are started.
    pub fn roles(&self) -> anyhow::Result<Vec<Role>> {
        let [auth, story, notification] = OWNERS;
        let mut roles = vec![self.sidecar()];
        for (service, plays) in [
            (auth, "api"),
            (story, "api"),
            (notification, "api"),
            (story, "worker"),
            (notification, "worker"),
        ] {
            let operations = free_address();
            let settings = self.settings(service, service.schema, operations)?;
            let package = service.package;
            roles.push(Role {
                package,
                plays,
                operations,
                settings,
            });
        }
        Ok(roles)
    }

    /// The settings of `migrate`, which runs as the owner of the schema.
    pub fn migration(&self, service: Service) -> anyhow::Result<Vec<(String, String)>> {
        self.settings(service, &owner(service.schema), free_address())
    }

    fn settings(
        &self,
        service: Service,
        database_role: &str,
        operations: SocketAddr,
    ) -> anyhow::Result<Vec<(String, String)>> {
        let index = OWNERS
            .iter()
            .position(|it| it.schema == service.schema)
            .unwrap_or_default();
        let mut settings = Settings::new(service.prefix);
        self.everywhere(&mut settings, operations);
        settings.set("HTTP__LISTEN", self.addresses.http[index]);
        settings.set("HTTP__TRUSTED_PROXIES", "127.0.0.0/8, ::1/128");
        settings.set("GRPC__LISTEN", self.addresses.grpc[index]);
        settings.file("SERVICE_TOKEN", &self.secrets.token_file(service.schema)?);
        for caller in service.callers {
            let key = format!("CALLERS__{}", caller.to_uppercase());
            settings.file(&key, &self.secrets.token_file(caller)?);
        }
        self.database(&mut settings, service, database_role)?;
        settings.set("RATELIMIT__SOCKET", self.socket.display());
        settings.set("RATELIMIT__ENABLED", self.rate_limit);
        settings.set("RATELIMIT__TIMEOUT_MS", 500);
        self.of_its_own(&mut settings, service)?;
        Ok(settings.0)
    }

    fn everywhere(&self, settings: &mut Settings, operations: SocketAddr) {
        settings.set("OPS__LISTEN", operations);
        settings.set("DRAIN_MS", 0);
        settings.set("SERVICE__ENVIRONMENT", "development");
        settings.set("REDIS__URL", &self.redis_url);
        settings.set("PUBLIC_URL", &self.public_url);
    }

    fn database(
        &self,
        settings: &mut Settings,
        service: Service,
        role: &str,
    ) -> anyhow::Result<()> {
        let (port, schema) = (self.postgres_port, service.schema);
        let url = format!(
            "postgres://{role}@127.0.0.1:{port}/{DATABASE}?options=-csearch_path%3D{schema}"
        );
        settings.set("POSTGRES__URL", url);
        settings.file("POSTGRES__PASSWORD", &self.secrets.password_file(role)?);
        Ok(())
    }

    fn of_its_own(&self, settings: &mut Settings, service: Service) -> anyhow::Result<()> {
        let [auth, story, notification] = self.addresses.grpc.map(|it| format!("http://{it}"));
        match service.schema {
            "auth" => {
                settings.set("PEERS__NOTIFICATION", notification);
                settings.file("JWT__KEY", &self.secrets.file("jwt.pem", signing_key_pem)?);
                settings.file(
                    "REFRESH__KEY",
                    &self.secrets.file("refresh.key", random_key)?,
                );
                settings.file("OTP__KEY", &self.secrets.file("otp.key", random_key)?);
            }
            "story" => {
                settings.set("PEERS__AUTH", auth);
                settings.set("PEERS__NOTIFICATION", notification);
                settings.set("JOBS__DRAIN_MS", 3000);
                settings.set("QUOTA__STORIES_PER_DAY", 50 * LOOSER);
            }
            _ => {
                settings.set("PEERS__AUTH", auth);
                settings.set("PEERS__STORY", story);
                settings.set("JOBS__DRAIN_MS", 3000);
                settings.set("SMTP__HOST", self.smtp.ip());
                settings.set("SMTP__PORT", self.smtp.port());
                settings.set("SMTP__TLS", "none");
            }
        }
        Ok(())
    }

    /// One for all services.
    fn sidecar(&self) -> Role {
        let operations = free_address();
        let mut settings = Settings::new("RATELIMIT");
        self.everywhere(&mut settings, operations);
        settings.set("GRPC__SOCKET", self.socket.display());
        settings.set("GRPC__LISTEN", free_address());
        settings.set("REDIS__RESPONSE_TIMEOUT_MS", 50);
        settings.set("RULES__FACTOR", LOOSER);
        settings.set("RULES__ENFORCE", self.rate_limit);
        Role {
            package: "ratelimit-sidecar",
            plays: "serve",
            operations,
            settings: settings.0,
        }
    }
}

/// A path that fits into a socket's address, which has room for about 100 bytes.
pub fn socket_path(folder: &Path) -> anyhow::Result<PathBuf> {
    const ROOM: usize = 100;
    let inside = folder.join("ratelimit.sock");
    let path = if inside.as_os_str().len() <= ROOM {
        inside
    } else {
        let short = PathBuf::from(format!("/tmp/storyloom-{}", nix::unistd::Uid::effective()));
        tree::private_folder(&short)?;
        short.join(format!("{}.sock", std::process::id()))
    };
    let _absent = fs::remove_file(&path);
    Ok(path)
}

/// Environment variables of one service.
struct Settings(Vec<(String, String)>, &'static str);

impl Settings {
    fn new(prefix: &'static str) -> Self {
        Self(Vec::new(), prefix)
    }

    fn set(&mut self, key: &str, value: impl Display) {
        self.0
            .push((format!("{}__{key}", self.1), value.to_string()));
    }

    fn file(&mut self, key: &str, path: &Path) {
        self.set(&format!("{key}_FILE"), path.display());
    }
}

fn free_address() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, free_port()).into()
}
