use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::{BoxFuture, join_all};
use serde::Serialize;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::conditions::Conditions;
use super::dependencies::{Dependencies, Dependency, Overall};
use super::proc::ProcessStats;
use crate::Service;

/// How much of a pool of things is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PoolStats {
    /// How many there may be.
    pub max: u64,
    /// How many there are.
    pub open: u64,
    /// How many of those nobody uses.
    pub idle: u64,
}

/// Where the process is between start and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Phase {
    #[default]
    Starting,
    Serving,
    Ending,
}

type ReadPool = Arc<dyn Fn() -> PoolStats + Send + Sync>;
type ReadStream = Arc<dyn Fn() -> BoxFuture<'static, Value> + Send + Sync>;

/// How the process is. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Health {
    service: Service,
    began: Instant,
    pub(crate) dependencies: Dependencies,
    pub(crate) conditions: Conditions,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    phase: Phase,
    pools: BTreeMap<&'static str, ReadPool>,
    streams: BTreeMap<String, ReadStream>,
}

/// The answer of `GET /health` on the operations listener.
#[derive(Serialize)]
pub(crate) struct HealthView {
    pub(crate) status: Overall,
    service: &'static str,
    version: &'static str,
    uptime_seconds: u64,
    process: ProcessStats,
    runtime: RuntimeStats,
    pools: BTreeMap<&'static str, PoolStats>,
    streams: BTreeMap<String, Value>,
    dependencies: BTreeMap<&'static str, Dependency>,
}

#[derive(Serialize)]
struct RuntimeStats {
    workers: usize,
    tasks: usize,
    queue_depth: usize,
}

const STREAM_AT_MOST: Duration = Duration::from_secs(1);

impl Health {
    pub(crate) fn new(service: Service) -> Self {
        Self {
            service,
            began: Instant::now(),
            dependencies: Dependencies::default(),
            conditions: Conditions::default(),
            state: Arc::default(),
        }
    }

    pub(crate) fn pool(&self, name: &'static str, read: ReadPool) {
        self.locked(|state| state.pools.insert(name, read));
    }

    pub(crate) fn stream(&self, name: String, read: ReadStream) {
        self.locked(|state| state.streams.insert(name, read));
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.locked(|state| state.phase = phase);
    }

    pub(crate) fn phase(&self) -> Phase {
        self.locked(|state| state.phase)
    }

    /// How the pools are, by name.
    pub(crate) fn pools(&self) -> BTreeMap<&'static str, PoolStats> {
        let pools = self.locked(|state| state.pools.clone());
        pools.iter().map(|(name, read)| (*name, read())).collect()
    }

    pub(crate) async fn view(&self) -> HealthView {
        let metrics = Handle::current().metrics();
        HealthView {
            status: self.dependencies.overall(),
            service: self.service.name,
            version: self.service.version,
            uptime_seconds: self.began.elapsed().as_secs(),
            process: ProcessStats::read(),
            runtime: RuntimeStats {
                workers: metrics.num_workers(),
                tasks: metrics.num_alive_tasks(),
                queue_depth: metrics.global_queue_depth(),
            },
            pools: self.pools(),
            streams: self.streams().await,
            dependencies: self.dependencies.all(),
        }
    }

    /// How the streams are; null where that cannot be told in time.
    async fn streams(&self) -> BTreeMap<String, Value> {
        let streams = self.locked(|state| state.streams.clone());
        let reads = streams.into_iter().map(async |(name, read)| {
            let value = timeout(STREAM_AT_MOST, read()).await;
            (name, value.unwrap_or_default())
        });
        join_all(reads).await.into_iter().collect()
    }

    fn locked<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

const ASK_AT_MOST: Duration = Duration::from_secs(3);

/// What the role `health` does: asks the operations listener at `address`, prints its
/// answer, and succeeds if the process is well.
pub async fn ask_health(address: SocketAddr) -> ExitCode {
    let answer = timeout(ASK_AT_MOST, ask(reachable(address))).await;
    let (well, said) = match answer {
        Ok(Ok((well, body))) => (well, body),
        Ok(Err(error)) => (false, format!("{address} does not answer: {error}")),
        Err(_) => (false, format!("{address} does not answer in time")),
    };
    let printed = writeln!(std::io::stdout(), "{said}").is_ok();
    if well && printed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Where a listener of this machine that listens on `address` is reached.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn ask(address: SocketAddr) -> std::io::Result<(bool, String)> {
    let mut stream = TcpStream::connect(address).await?;
    let request = "GET /health HTTP/1.0\r\n\r\n";
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split_whitespace().nth(1);
    Ok((status == Some("200"), body.to_owned()))
}
