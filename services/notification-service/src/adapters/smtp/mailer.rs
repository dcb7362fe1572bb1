use std::sync::Arc;

use async_trait::async_trait;
use kernel::Clock;
use lettre::Message;
use lettre::transport::smtp::commands::{Mail, Rcpt};
use settings::BadSettings;

use super::connections::Connections;
use super::line::Line;
use super::message::{Postmark, compose};
use super::outcome::MailServerState;
use super::trouble::{Stage, Trouble};
use crate::application::ports::{Mailer, Offer, SendError};
use crate::domain::{Letter, MailDomain, Sender};
use crate::settings::Smtp;

/// Hands letters to the mail server that the settings name.
pub struct SmtpMailer {
    connections: Arc<Connections>,
    sender: Sender,
    domain: MailDomain,
    clock: Arc<dyn Clock>,
    state: MailServerState,
}

impl SmtpMailer {
    /// A mailer that connects when it has something to send. Fails if TLS is wanted and
    /// there are no certificates to trust.
    pub fn new(
        smtp: &Smtp,
        sender: Sender,
        domain: MailDomain,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, BadSettings> {
        let connections = Arc::new(Connections::new(smtp, &domain)?);
        Ok(Self {
            connections,
            sender,
            domain,
            clock,
            state: MailServerState::default(),
        })
    }

    /// How the server was, for those who watch it.
    pub fn state(&self) -> MailServerState {
        self.state.clone()
    }

    async fn open(&self, letter: &Letter) -> Result<SmtpOffer, SendError> {
        let postmark = Postmark {
            sender: &self.sender,
            domain: &self.domain,
            now: self.clock.now(),
            traceparent: telemetry::traceparent(),
        };
        let message = compose(letter, &postmark)?;
        let taken = self.connections.take().await;
        let mut line = taken.map_err(|trouble| trouble.at(Stage::Opening))?;
        let asked = ask(&mut line, &message).await;
        asked.map_err(|trouble| trouble.at(Stage::Asking))?;
        Ok(SmtpOffer {
            line,
            message,
            connections: self.connections.clone(),
            state: self.state.clone(),
        })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn offer(&self, letter: &Letter) -> Result<Box<dyn Offer>, SendError> {
        let opened = self.open(letter).await;
        self.state.note(&opened);
        Ok(Box::new(opened?))
    }
}

/// The envelope: from whom, to whom.
async fn ask(line: &mut Line, message: &Message) -> Result<(), Trouble> {
    let envelope = message.envelope();
    line.say(Mail::new(envelope.from().cloned(), Vec::new()))
        .await?;
    for recipient in envelope.to() {
        line.say(Rcpt::new(recipient.clone(), Vec::new())).await?;
    }
    Ok(())
}

struct SmtpOffer {
    line: Line,
    message: Message,
    connections: Arc<Connections>,
    state: MailServerState,
}

impl SmtpOffer {
    async fn dictate(mut self) -> Result<(), SendError> {
        let announced = self.line.announce().await;
        announced.map_err(|trouble| trouble.at(Stage::Asking))?;
        let dictated = self.line.dictate(&self.message.formatted()).await;
        dictated.map_err(|trouble| trouble.at(Stage::Letter))?;
        self.connections.keep(self.line);
        Ok(())
    }
}

#[async_trait]
impl Offer for SmtpOffer {
    async fn hand_over(self: Box<Self>) -> Result<(), SendError> {
        let state = self.state.clone();
        let dictated = self.dictate().await;
        state.note(&dictated);
        dictated
    }
}
