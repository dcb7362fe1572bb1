use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::time::{sleep, timeout};
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::grpc::{self, GrpcListener, SocketFile};
use crate::operations::{self, Health, Phase};
use crate::{Process, Tasks, http};

/// What is to be served, and where.
pub(crate) enum Listen {
    Http(SocketAddr, Router),
    Grpc(SocketAddr, Routes),
    GrpcUnix(PathBuf, Routes),
}

/// What is served on a listener that is bound.
enum Bound {
    Http(TcpListener, Router),
    Grpc(GrpcListener, Routes),
}

/// An address cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} ({name}): {source}")]
struct CannotListen {
    name: &'static str,
    address: String,
    source: io::Error,
}

/// A process that serves.
pub struct Running {
    tasks: Tasks,
    operators: Tasks,
    health: Health,
    reporter: HealthReporter,
    addresses: BTreeMap<&'static str, SocketAddr>,
    drain: Duration,
    finish: Duration,
}

const OPERATIONS: &str = "operations";
/// How long operators may take to read the last answer.
const OPERATORS_WITHIN: Duration = Duration::from_secs(1);
/// How long a connection to a Unix socket may take that somebody listens on.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

impl Running {
    pub(crate) async fn start(process: Process) -> anyhow::Result<Self> {
        let Process {
            tasks,
            health,
            registry,
            operations,
            listeners,
            drain,
            finish,
            ..
        } = process;
        let mut addresses = BTreeMap::new();
        let operated = bind(OPERATIONS, operations, &mut addresses).await?;
        let mut bound = Vec::new();
        for listen in listeners {
            bound.push(bind_any(listen, &mut addresses).await?);
        }
        let (reporter, health_service) = tonic_health::server::health_reporter();
        let probes = operations::router(health.clone(), registry);
        // Operators look on until the very end, when all other tasks have ended.
        let operators = Tasks::default();
        let stop = operators.stopping();
        operators.spawn(http::serve(operated, probes, operators.clone(), stop));
        for bound in bound {
            let tasks_of = tasks.clone();
            match bound {
                Bound::Http(listener, router) => {
                    let stop = tasks.stopping();
                    tasks.keep("http", http::serve(listener, router, tasks_of, stop));
                }
                Bound::Grpc(listener, routes) => {
                    let routes = routes.add_service(health_service.clone());
                    tasks.keep("grpc", serve_grpc(listener, routes, tasks_of));
                }
            }
        }
        reporter
            .set_service_status("", ServingStatus::Serving)
            .await;
        health.enter(Phase::Serving);
        tracing::info!("serving");
        Ok(Self {
            tasks,
            operators,
            health,
            reporter,
            addresses,
            drain,
            finish,
        })
    }

    /// Where a listener ended up: `http`, `grpc` or `operations`.
    pub fn address(&self, listener: &str) -> Option<SocketAddr> {
        self.addresses.get(listener).copied()
    }

    /// Stops without loss: not ready, the drain time, then everything finishes. Says
    /// whether all of it did, and whether nothing failed before.
    pub async fn stop(self) -> bool {
        let failed = self.tasks.failed();
        self.tasks.end();
        self.health.enter(Phase::Ending);
        self.reporter
            .set_service_status("", ServingStatus::NotServing)
            .await;
        if !failed {
            sleep(self.drain).await;
        }
        let finished = timeout(self.finish, self.tasks.stop()).await.is_ok();
        if !finished {
            let tasks = self.tasks.count();
            tracing::error!(tasks, "stopped before everything had finished");
        }
        let told = timeout(OPERATORS_WITHIN, self.operators.stop()).await;
        tracing::debug!(in_time = told.is_ok(), "ended");
        finished && !self.tasks.failed()
    }
}

async fn serve_grpc(listener: GrpcListener, routes: Routes, tasks: Tasks) {
    if let Err(error) = grpc::serve(listener, routes, tasks.stopping()).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "gRPC cannot be served"
        );
    }
}

async fn bind_any(
    listen: Listen,
    addresses: &mut BTreeMap<&'static str, SocketAddr>,
) -> Result<Bound, CannotListen> {
    Ok(match listen {
        Listen::Http(address, router) => {
            Bound::Http(bind("http", address, addresses).await?, router)
        }
        Listen::Grpc(address, routes) => {
            let listener = bind("grpc", address, addresses).await?;
            Bound::Grpc(GrpcListener::Tcp(listener), routes)
        }
        Listen::GrpcUnix(path, routes) => {
            let listener = bind_unix(&path).await.map_err(|source| CannotListen {
                name: "grpc",
                address: path.display().to_string(),
                source,
            })?;
            tracing::info!(listener = "grpc", path = %path.display(), "listening");
            Bound::Grpc(GrpcListener::Unix(listener, SocketFile(path)), routes)
        }
    })
}

async fn bind(
    name: &'static str,
    address: SocketAddr,
    addresses: &mut BTreeMap<&'static str, SocketAddr>,
) -> Result<TcpListener, CannotListen> {
    let refused = |source| CannotListen {
        name,
        address: address.to_string(),
        source,
    };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    addresses.insert(name, bound);
    tracing::info!(listener = name, address = %bound, "listening");
    Ok(listener)
}

/// Takes the path over from a process that is gone, never from one that lives.
async fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && !answers(path).await => {
            std::fs::remove_file(path)?;
            UnixListener::bind(path)
        }
        other => other,
    }
}

async fn answers(path: &Path) -> bool {
    let connected = timeout(ANSWERS_WITHIN, UnixStream::connect(path)).await;
    !matches!(connected, Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused)
}
