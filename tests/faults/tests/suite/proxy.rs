//! That the ways between processes and servers are as bad as the weather.

use std::io::ErrorKind;
use std::time::Duration;

use faults::proxy::{Proxy, Weather};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};

/// Long enough for what is not held up.
const SOON: Duration = Duration::from_secs(5);

/// Long enough to see that nothing comes.
const QUIET: Duration = Duration::from_millis(150);

/// Both ends of a connection through a proxy.
struct Ends {
    proxy: Proxy,
    client: TcpStream,
    server: TcpStream,
}

async fn ends() -> Ends {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let proxy = Proxy::to(port).await.unwrap();
    let client = TcpStream::connect(("127.0.0.1", proxy.port()))
        .await
        .unwrap();
    let (server, _) = listener.accept().await.unwrap();
    let mut ends = Ends {
        proxy,
        client,
        server,
    };
    assert!(say(&mut ends.client, &mut ends.server).await);
    assert!(say(&mut ends.server, &mut ends.client).await);
    ends
}

/// Whether a byte comes through.
async fn say(from: &mut TcpStream, to: &mut TcpStream) -> bool {
    from.write_all(b"x").await.unwrap();
    hears(to, SOON).await
}

async fn hears(to: &mut TcpStream, patience: Duration) -> bool {
    let mut byte = [0];
    let read = timeout(patience, to.read_exact(&mut byte)).await;
    matches!(read, Ok(Ok(_)))
}

#[tokio::test]
async fn what_is_held_up_comes_later() {
    for weather in [Weather::Silent, Weather::Mute] {
        let mut ends = ends().await;
        ends.proxy.set(weather);
        ends.client.write_all(b"x").await.unwrap();
        assert!(!hears(&mut ends.server, QUIET).await, "{weather:?}");
        ends.proxy.set(Weather::Clear);
        assert!(hears(&mut ends.server, SOON).await, "{weather:?}");
    }
}

#[tokio::test]
async fn one_direction_may_be_held_up_alone() {
    let mut ends = ends().await;
    ends.proxy.set(Weather::Deaf);
    assert!(say(&mut ends.client, &mut ends.server).await);
    ends.server.write_all(b"x").await.unwrap();
    assert!(!hears(&mut ends.client, QUIET).await);
    ends.proxy.set(Weather::Clear);
    assert!(hears(&mut ends.client, SOON).await);
}

#[tokio::test]
async fn what_is_slow_takes_its_time() {
    let mut ends = ends().await;
    ends.proxy.set(Weather::Slow(QUIET));
    let begun = Instant::now();
    assert!(say(&mut ends.client, &mut ends.server).await);
    assert!(begun.elapsed() >= QUIET);
}

#[tokio::test]
async fn a_cut_resets_both_ends() {
    let mut ends = ends().await;
    ends.proxy.set(Weather::Cut);
    for end in [&mut ends.client, &mut ends.server] {
        let error = timeout(SOON, end.read_u8()).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
}

#[tokio::test]
async fn of_a_half_open_connection_the_client_is_not_told() {
    let mut ends = ends().await;
    ends.proxy.set(Weather::HalfOpen);
    let error = timeout(SOON, ends.server.read_u8()).await.unwrap();
    assert_eq!(error.unwrap_err().kind(), ErrorKind::UnexpectedEof);
    ends.client.write_all(b"x").await.unwrap();
    assert!(timeout(QUIET, ends.client.read_u8()).await.is_err());
    ends.proxy.set(Weather::Clear);
    assert!(timeout(SOON, ends.client.read_u8()).await.unwrap().is_err());
}
