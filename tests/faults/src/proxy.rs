//! A way to a server, on which anything may happen to what is sent.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What happens on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Nothing.
    Clear,
    /// Whatever is sent takes this much longer.
    Slow(Duration),
    /// Nothing comes through. It does later, as TCP sends again.
    Silent,
    /// What the server says does not come through until later; it hears everything.
    Deaf,
    /// What is said to the server does not come through until later.
    Mute,
    /// Connections are reset, and so are new ones.
    Cut,
    /// The server's side of connections is closed and the client is not told until later.
    HalfOpen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    There,
    Back,
}

impl Weather {
    const fn lets_through(self, direction: Direction) -> bool {
        match self {
            Self::Clear | Self::Slow(_) => true,
            Self::Deaf => matches!(direction, Direction::There),
            Self::Mute => matches!(direction, Direction::Back),
            Self::Silent | Self::Cut | Self::HalfOpen => false,
        }
    }

    const fn delay(self) -> Duration {
        match self {
            Self::Slow(delay) => delay,
            _ => Duration::ZERO,
        }
    }
}

/// A port that leads to a server, as long as it is not dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    weather: watch::Sender<Weather>,
    server: watch::Sender<SocketAddr>,
    _carrying: JoinSet<()>,
}

impl Proxy {
    /// One that leads to this port of loopback.
    pub async fn to(port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (weather, seen) = watch::channel(Weather::Clear);
        let (server, found) = watch::channel(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let port = listener.local_addr().context("it is bound")?.port();
        let mut carrying = JoinSet::new();
        carrying.spawn(accept(listener, seen, found));
        Ok(Self {
            port,
            weather,
            server,
            _carrying: carrying,
        })
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Changes the weather for all connections.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// From now on it leads to another port.
    pub fn lead_to(&self, port: u16) {
        self.server.send_replace((Ipv4Addr::LOCALHOST, port).into());
    }
}

async fn accept(
    listener: TcpListener,
    weather: watch::Receiver<Weather>,
    server: watch::Receiver<SocketAddr>,
) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let server = *server.borrow();
        connections.spawn(connect(client, server, weather.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn connect(client: TcpStream, server: SocketAddr, weather: watch::Receiver<Weather>) {
    if *weather.borrow() == Weather::Cut {
        return reset(&client);
    }
    // A server that is away refuses; so do we.
    let Ok(server) = TcpStream::connect(server).await else {
        return reset(&client);
    };
    let both = [client.set_nodelay(true), server.set_nodelay(true)];
    if both.iter().all(Result::is_ok) {
        carry(client, server, weather).await;
    }
}

async fn carry(client: TcpStream, server: TcpStream, weather: watch::Receiver<Weather>) {
    let ((from_client, to_client), (from_server, to_server)) =
        (client.into_split(), server.into_split());
    let pumps = async {
        tokio::join!(
            pump(from_client, to_server, Direction::There, weather.clone()),
            pump(from_server, to_client, Direction::Back, weather.clone()),
        )
    };
    pumps.await;
}

/// Carries bytes one way until their sender closes or the connection ends.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    direction: Direction,
    weather: watch::Receiver<Weather>,
) {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let length = tokio::select! {
            length = from.read(&mut bytes) => length.unwrap_or(0),
            () = broken(weather.clone()) => break,
        };
        let passes = tokio::select! {
            passes = passes(weather.clone(), direction) => passes,
            () = broken(weather.clone()) => false,
        };
        let Some(bytes) = bytes.get(..length).filter(|_| passes && length > 0) else {
            break;
        };
        if to.write_all(bytes).await.is_err() {
            break;
        }
    }
    end(from, to, direction, weather).await;
}

/// Comes back when what was sent may go on.
async fn passes(mut weather: watch::Receiver<Weather>, direction: Direction) -> bool {
    let delay = weather.borrow().delay();
    tokio::time::sleep(delay).await;
    let open = weather.wait_for(|it| it.lets_through(direction)).await;
    open.is_ok()
}

/// Comes back when connections are broken.
async fn broken(mut weather: watch::Receiver<Weather>) {
    let breaks = |it: &Weather| matches!(it, Weather::Cut | Weather::HalfOpen);
    if weather.wait_for(breaks).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Ends one way. Of a half-open connection the client's side stays as it is until the weather
/// changes.
async fn end(
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    direction: Direction,
    mut weather: watch::Receiver<Weather>,
) {
    let now = *weather.borrow();
    match (now, direction) {
        (Weather::Cut, _) => {
            reset(to.as_ref());
            // Else it would say good-bye first.
            to.forget();
        }
        (Weather::HalfOpen, Direction::There) => {
            drop(to);
            let _over = weather.wait_for(|it| *it != Weather::HalfOpen).await;
            drop(from);
        }
        (Weather::HalfOpen, Direction::Back) => {
            drop(from);
            let _over = weather.wait_for(|it| *it != Weather::HalfOpen).await;
            drop(to);
        }
        _ => {}
    }
}

/// Its end will be a reset.
fn reset(stream: &TcpStream) {
    // One that is gone needs no reset.
    let _gone = stream.set_zero_linger();
}
