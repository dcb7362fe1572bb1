//! Private servers: data in a folder of their own, a free port, stopped on drop.

mod postgres;
mod redis;
mod user;

pub use postgres::{Postgres, PostgresPlace};
pub use redis::{Keeps, Redis, RedisPlace};
pub use user::ServerUser;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::Process;

const POLL: Duration = Duration::from_millis(10);
/// How long a server may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(20);

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Waits until the port takes connections; fails when the process ends or takes too long.
async fn listening(process: &mut Process, port: u16) -> anyhow::Result<()> {
    let end = Instant::now() + PATIENCE;
    while TcpStream::connect(loopback(port)).await.is_err() {
        if let Some(status) = process.exited()? {
            anyhow::bail!("it ended with {status}");
        }
        anyhow::ensure!(
            Instant::now() < end,
            "it did not answer within {PATIENCE:?}"
        );
        sleep(POLL).await;
    }
    Ok(())
}

/// Says so, with what the server said last.
fn did_not_start(name: &str, log: &Path) -> String {
    let said = fs::read_to_string(log).unwrap_or_default();
    let last: Vec<_> = said.lines().rev().take(5).collect();
    let last: Vec<_> = last.into_iter().rev().collect();
    format!("{name} did not start: {}", last.join(" / "))
}
