use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A way to Postgres that is cut at the first commit.
pub struct Cut {
    pub options: PgConnectOptions,
    _accepting: JoinSet<()>,
}

#[derive(Clone)]
struct Blade {
    server: String,
    /// Whether Postgres gets to see the commit whose answer is lost.
    delivered: bool,
    sharp: Arc<AtomicBool>,
}

impl Cut {
    pub async fn before(options: PgConnectOptions, delivered: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let blade = Blade {
            server: format!("{}:{}", options.get_host(), options.get_port()),
            delivered,
            sharp: Arc::new(AtomicBool::new(true)),
        };
        let mut accepting = JoinSet::new();
        accepting.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(blade.clone().carry(client));
            }
        });
        Self {
            options: options.host("127.0.0.1").port(port),
            _accepting: accepting,
        }
    }
}

impl Blade {
    /// Carries bytes both ways until one side closes, or until the cut.
    async fn carry(self, mut client: TcpStream) {
        let mut server = TcpStream::connect(&self.server).await.unwrap();
        let (mut there, mut back) = ([0; 8192], [0; 8192]);
        loop {
            tokio::select! {
                Ok(length) = client.read(&mut there) => {
                    let bytes = &there[..length];
                    let commit = bytes.windows(6).any(|window| window == b"COMMIT");
                    if length == 0 || commit && self.sharp.swap(false, Ordering::SeqCst) {
                        if commit && self.delivered {
                            server.write_all(bytes).await.unwrap();
                            // Its answer is read here, so the commit is over.
                            let answered = server.read(&mut back).await.unwrap();
                            assert!(answered > 0, "Postgres answers a commit");
                        }
                        return;
                    }
                    server.write_all(bytes).await.unwrap();
                }
                Ok(length) = server.read(&mut back) => {
                    if length == 0 || client.write_all(&back[..length]).await.is_err() {
                        return;
                    }
                }
                else => return,
            }
        }
    }
}
