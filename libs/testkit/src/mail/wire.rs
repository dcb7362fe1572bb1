use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader, empty,
};
use tokio::net::TcpStream;

const LONGEST_LINE: usize = 64 * 1024;

/// Takes bytes and brings bytes.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Makes a connection an encrypted one, as its server.
pub trait Encrypt: Send + Sync {
    /// The encrypted one, once both sides agree.
    fn encrypt(&self, plain: Box<dyn Duplex>) -> Encrypting<'_>;
}

/// An encrypted connection to come.
pub type Encrypting<'a> = Pin<Box<dyn Future<Output = io::Result<Box<dyn Duplex>>> + Send + 'a>>;

/// What a server proves itself with: a certificate and its key.
#[derive(Clone)]
pub struct Identity(pub(crate) Arc<dyn Encrypt>);

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

/// The server's end of a connection, encrypted or not, line by line.
pub(super) struct Wire {
    stream: BufReader<Box<dyn Duplex>>,
    encrypted: bool,
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream: BufReader::new(Box::new(stream)),
            encrypted: false,
        }
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// Goes on encrypted. What was sent ahead in clear ends the conversation.
    pub(super) async fn encrypt(&mut self, identity: &Identity) -> io::Result<()> {
        let nowhere: Box<dyn Duplex> = Box::new(empty());
        let plain = std::mem::replace(&mut self.stream, BufReader::new(nowhere));
        if !plain.buffer().is_empty() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let encrypted = identity.0.encrypt(plain.into_inner()).await?;
        self.stream = BufReader::new(encrypted);
        self.encrypted = true;
        Ok(())
    }

    pub(super) async fn say(&mut self, line: &str) -> io::Result<()> {
        self.stream
            .write_all(format!("{line}\r\n").as_bytes())
            .await?;
        self.stream.flush().await
    }

    /// A line, or nothing if the other side hung up.
    pub(super) async fn line(&mut self) -> io::Result<Option<String>> {
        let line = self.bytes().await?;
        if line.len() > LONGEST_LINE {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok((!line.is_empty()).then(|| String::from_utf8_lossy(&line).into_owned()))
    }

    /// A line with its end, of whatever bytes; empty if the other side hung up.
    pub(super) async fn bytes(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).await?;
        Ok(line)
    }

    pub(super) async fn close(&mut self) -> io::Result<()> {
        self.stream.shutdown().await
    }
}
