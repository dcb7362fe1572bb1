#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::desk::Desk;
use super::smtp::Conversation;
use super::{Answer, Demands, Mail, api};
use crate::{eventually, free_port};

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// How long a mail may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where the sink listens.
#[derive(Debug, Clone, Copy)]
pub struct MailSinkPorts {
    /// For SMTP.
    pub smtp: u16,
    /// For Mailpit's API and the page.
    pub http: u16,
}

/// A mail server that keeps what it gets, in this process, until it is dropped.
#[derive(Debug)]
pub struct MailSink {
    address: IpAddr,
    ports: MailSinkPorts,
    desk: Desk,
    conversations: Arc<AtomicUsize>,
    smtp: JoinSet<()>,
    _http: JoinSet<()>,
}

impl MailSink {
    /// One on free ports that takes mail from anybody, in clear.
    pub async fn start() -> Self {
        Self::demanding(Demands::default()).await
    }

    /// One on free ports that takes mail from those who do as it demands.
    pub async fn demanding(demands: Demands) -> Self {
        let ports = MailSinkPorts {
            smtp: free_port(),
            http: free_port(),
        };
        Self::open_on(LOOPBACK, ports, demands)
            .await
            .expect("free ports are free")
    }

    /// One on these ports of loopback that takes mail from anybody, in clear.
    pub async fn bind(ports: MailSinkPorts) -> io::Result<Self> {
        Self::open_on(LOOPBACK, ports, Demands::default()).await
    }

    /// As `bind`, on another address of this machine, for those who cannot reach loopback.
    pub async fn bind_on(address: IpAddr, ports: MailSinkPorts) -> io::Result<Self> {
        Self::open_on(address, ports, Demands::default()).await
    }

    async fn open_on(address: IpAddr, ports: MailSinkPorts, demands: Demands) -> io::Result<Self> {
        let desk = Desk::new(demands);
        let listener = TcpListener::bind(SocketAddr::new(address, ports.http)).await?;
        let mut http = JoinSet::new();
        let router = api::router(desk.store.clone());
        http.spawn(async move {
            let _ended = axum::serve(listener, router).await;
        });
        let mut sink = Self {
            address,
            ports,
            desk,
            conversations: Arc::default(),
            smtp: JoinSet::new(),
            _http: http,
        };
        sink.open().await?;
        Ok(sink)
    }

    async fn open(&mut self) -> io::Result<()> {
        let listener = TcpListener::bind(SocketAddr::new(self.address, self.ports.smtp)).await?;
        let desk = self.desk.clone();
        let conversations = Arc::clone(&self.conversations);
        self.smtp.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                conversations.fetch_add(1, Ordering::Relaxed);
                open.spawn(Conversation::new(stream, desk.clone()).run());
                while open.try_join_next().is_some() {}
            }
        });
        Ok(())
    }

    /// Where it takes mails.
    pub fn smtp_addr(&self) -> SocketAddr {
        SocketAddr::new(self.address, self.ports.smtp)
    }

    /// The port on which it takes mails.
    pub fn smtp_port(&self) -> u16 {
        self.ports.smtp
    }

    /// The address of its API and page, without a slash at the end.
    pub fn http_url(&self) -> String {
        format!("http://{}", SocketAddr::new(self.address, self.ports.http))
    }

    /// The port of its API and page.
    pub fn http_port(&self) -> u16 {
        self.ports.http
    }

    /// All mails, newest first.
    pub fn mails(&self) -> Vec<Arc<Mail>> {
        self.desk.store.all()
    }

    /// The mails to an address, newest first.
    pub fn mails_to(&self, address: &str) -> Vec<Arc<Mail>> {
        let all = self.desk.store.all();
        all.into_iter().filter(|it| it.is_to(address)).collect()
    }

    /// The newest mail of a kind to an address, once there is one.
    pub async fn wait_for(&self, address: &str, template: &str) -> Arc<Mail> {
        let of_kind = |it: &Arc<Mail>| it.template() == Some(template);
        eventually(PATIENCE, async || {
            self.mails_to(address).into_iter().find(of_kind)
        })
        .await
    }

    /// Forgets all mails.
    pub fn clear(&self) {
        self.desk.store.clear();
    }

    /// Prepares the answer to a coming conversation; several are used one after the other.
    pub fn next(&self, answer: Answer) {
        self.desk.script().next(answer);
    }

    /// Prepares the answer to every conversation after those prepared by [`MailSink::next`].
    pub fn always(&self, answer: Answer) {
        self.desk.script().always(answer);
    }

    /// Thinks for so long about every sender from now on.
    pub fn slow(&self, pause: Duration) {
        self.desk.script().pause = pause;
    }

    /// Takes every mail again, at once.
    pub fn accept(&self) {
        self.desk.script().accept();
    }

    /// Closes the SMTP port and every conversation: connections are refused.
    pub async fn down(&mut self) {
        self.smtp.shutdown().await;
    }

    /// Opens the SMTP port again.
    pub async fn up(&mut self) {
        self.open().await.expect("the port is still free");
    }

    /// How many SMTP connections there were.
    pub fn conversations(&self) -> usize {
        self.conversations.load(Ordering::Relaxed)
    }

    /// The commands that came without encryption, oldest first; of many, the last thousand.
    pub fn heard_in_clear(&self) -> Vec<String> {
        self.desk.all_heard_in_clear()
    }
}
