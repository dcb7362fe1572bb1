use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use settings::BadSettings;
use tokio::time::Instant;

use super::line::{Limits, Line, within};
use super::trouble::Trouble;
use crate::domain::MailDomain;
use crate::settings::{Smtp, Tls};

/// Connections to one mail server; those that nobody uses are kept for a while.
pub struct Connections {
    host: String,
    port: u16,
    security: Security,
    login: Option<Credentials>,
    hello: ClientId,
    connect: Duration,
    limits: Limits,
    keep: usize,
    keep_for: Duration,
    idle: Mutex<Vec<(Line, Instant)>>,
}

enum Security {
    None,
    StartTls(TlsParameters),
    Implicit(TlsParameters),
}

impl Connections {
    /// Connections as the settings say; none is made yet. Fails if TLS is wanted and there
    /// are no certificates to trust.
    pub fn new(smtp: &Smtp, domain: &MailDomain) -> Result<Self, BadSettings> {
        let parameters = || trusting(smtp);
        let security = match smtp.tls {
            Tls::None => Security::None,
            Tls::Starttls => Security::StartTls(parameters()?),
            Tls::Implicit => Security::Implicit(parameters()?),
        };
        let login = || Credentials::new(smtp.user.clone(), smtp.password.expose().clone());
        Ok(Self {
            host: smtp.host.clone(),
            port: smtp.port.get(),
            security,
            login: (!smtp.user.is_empty()).then(login),
            hello: ClientId::Domain(domain.as_str().to_owned()),
            connect: smtp.connect_timeout_ms.millis(),
            limits: Limits {
                command: smtp.command_timeout_ms.millis(),
                letter: smtp.letter_timeout_ms.millis(),
            },
            keep: smtp.idle_connections.size(),
            keep_for: smtp.idle_timeout_ms.millis(),
            idle: Mutex::default(),
        })
    }

    /// A connection on which a mail may be offered: one that was kept, or a new one.
    pub async fn take(&self) -> Result<Line, Trouble> {
        while let Some(mut line) = self.kept() {
            if line.is_open().await {
                return Ok(line);
            }
        }
        self.open().await
    }

    /// Keeps a connection whose last mail was taken.
    pub fn keep(&self, line: Line) {
        let mut idle = self.idle();
        if idle.len() < self.keep {
            idle.push((line, Instant::now()));
        }
    }

    fn kept(&self) -> Option<Line> {
        let mut idle = self.idle();
        idle.retain(|(_, since)| since.elapsed() < self.keep_for);
        idle.pop().map(|(line, _)| line)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(Line, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open(&self) -> Result<Line, Trouble> {
        let implicit = match &self.security {
            Security::Implicit(parameters) => Some(parameters.clone()),
            Security::None | Security::StartTls(_) => None,
        };
        let server = (self.host.as_str(), self.port);
        let greeted = AsyncSmtpConnection::connect_tokio1(
            server,
            Some(self.connect),
            &self.hello,
            implicit,
            None,
        );
        let limit = self.connect + self.limits.command;
        let mut connection = within(limit, greeted).await?;
        if let Security::StartTls(parameters) = &self.security {
            let encrypted = connection.starttls(parameters.clone(), &self.hello);
            within(self.limits.command, encrypted).await?;
        }
        if let Some(login) = &self.login {
            let admitted = connection.auth(DEFAULT_MECHANISMS, login);
            within(self.limits.command, admitted).await?;
        }
        Ok(Line::new(connection, self.limits))
    }
}

/// The server has to prove itself with a certificate that the system or the settings trust.
fn trusting(smtp: &Smtp) -> Result<TlsParameters, BadSettings> {
    let parameters = TlsParameters::builder(smtp.host.clone());
    if smtp.ca.is_empty() {
        return parameters.build().map_err(|cause| {
            let reason = format!(
                "needs certificates to trust, and this system has none ({cause}): name a file of \
                 them with NOTIFICATION__SMTP__CA_FILE or SSL_CERT_FILE"
            );
            BadSettings::unfit("smtp.tls", reason)
        });
    }
    let unfit = |cause| BadSettings::unfit("smtp.ca", cause);
    let ca = Certificate::from_pem(smtp.ca.as_bytes()).map_err(unfit)?;
    let parameters = parameters.add_root_certificate(ca);
    parameters.build().map_err(unfit)
}
