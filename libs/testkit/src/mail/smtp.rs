//! The server's side of one SMTP conversation (RFC 5321).

use std::io;

use tokio::net::TcpStream;
use tokio::time::sleep;

use super::desk::Desk;
use super::login::Offered;
use super::wire::Wire;
use super::{Answer, Mail, MailTls, Stage};

const LARGEST_MAIL: usize = 25 * 1024 * 1024;

pub(super) struct Conversation {
    wire: Wire,
    desk: Desk,
    signed_in: bool,
    sender: Option<String>,
    recipients: Vec<String>,
}

/// Whether the conversation goes on.
enum Then {
    GoOn,
    Close,
}

impl Conversation {
    pub(super) fn new(stream: TcpStream, desk: Desk) -> Self {
        Self {
            wire: Wire::new(stream),
            desk,
            signed_in: false,
            sender: None,
            recipients: Vec::new(),
        }
    }

    pub(super) async fn run(mut self) -> io::Result<()> {
        if let MailTls::Implicit(identity) = &self.desk.demands.tls {
            self.wire.encrypt(identity).await?;
        }
        if self.scripted(Stage::Connect).await?.is_some() {
            return Ok(());
        }
        self.say("220 storyloom.test ESMTP").await?;
        while let Some(line) = self.line().await? {
            if matches!(self.obey(line.trim_end()).await?, Then::Close) {
                break;
            }
        }
        self.wire.close().await
    }

    async fn obey(&mut self, line: &str) -> io::Result<Then> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let verb = verb.to_ascii_uppercase();
        if let Some(refusal) = self.too_early(&verb) {
            return self.answer(refusal).await;
        }
        match verb.as_str() {
            "EHLO" => self.unless_scripted(Stage::Hello, &self.extensions()).await,
            "HELO" => {
                self.unless_scripted(Stage::Hello, "250 storyloom.test")
                    .await
            }
            "STARTTLS" => self.start_tls().await,
            "AUTH" => self.auth(rest).await,
            "MAIL" => self.from(rest).await,
            "RCPT" => self.recipient(rest).await,
            "DATA" => self.data().await,
            "RSET" => {
                self.reset();
                self.answer("250 2.0.0 forgotten").await
            }
            "NOOP" => self.answer("250 2.0.0 fine").await,
            "QUIT" => {
                self.say("221 2.0.0 goodbye").await?;
                Ok(Then::Close)
            }
            _ => self.answer("502 5.5.1 not understood").await,
        }
    }

    /// Why a command has to wait for another one.
    fn too_early(&self, verb: &str) -> Option<&'static str> {
        match verb {
            "AUTH" | "MAIL" if self.may_encrypt() => Some("530 5.7.0 STARTTLS comes first"),
            "MAIL" if self.desk.demands.login.is_some() && !self.signed_in => {
                Some("530 5.7.0 AUTH comes first")
            }
            _ => None,
        }
    }

    /// Whether STARTTLS is offered.
    fn may_encrypt(&self) -> bool {
        matches!(self.desk.demands.tls, MailTls::StartTls(_)) && !self.wire.is_encrypted()
    }

    fn extensions(&self) -> String {
        let after_tls = if self.may_encrypt() {
            "STARTTLS"
        } else {
            "AUTH PLAIN LOGIN"
        };
        let mut lines = vec!["storyloom.test", "8BITMIME", "SMTPUTF8", "PIPELINING"];
        lines.extend([after_tls, "ENHANCEDSTATUSCODES"]);
        format!("250-{}\r\n250 SIZE {LARGEST_MAIL}", lines.join("\r\n250-"))
    }

    async fn start_tls(&mut self) -> io::Result<Then> {
        let identity = match &self.desk.demands.tls {
            MailTls::StartTls(identity) if self.may_encrypt() => identity.clone(),
            _ => return self.answer("502 5.5.1 not offered").await,
        };
        self.say("220 2.0.0 go on").await?;
        self.wire.encrypt(&identity).await?;
        self.reset();
        Ok(Then::GoOn)
    }

    /// Takes any name and password where none is demanded.
    async fn auth(&mut self, how: &str) -> io::Result<Then> {
        let Some(mut offered) = Offered::new(how) else {
            return self.answer("504 5.5.4 PLAIN or LOGIN").await;
        };
        while let Some(question) = offered.question() {
            self.say(question).await?;
            let Some(reply) = self.line().await? else {
                return Ok(Then::Close);
            };
            offered.tell(reply.trim_end());
        }
        if let Some(then) = self.scripted(Stage::Auth).await? {
            return Ok(then);
        }
        let demanded = self.desk.demands.login.as_ref();
        self.signed_in = demanded.is_none_or(|login| offered.is(login));
        self.answer(if self.signed_in {
            "235 2.7.0 welcome"
        } else {
            "535 5.7.8 wrong name or password"
        })
        .await
    }

    async fn from(&mut self, rest: &str) -> io::Result<Then> {
        if let Some(then) = self.scripted(Stage::From).await? {
            return Ok(then);
        }
        let Some(sender) = path(rest, "FROM:") else {
            return self
                .answer("501 5.5.4 MAIL FROM:<address> was expected")
                .await;
        };
        let pause = self.desk.script().pause;
        sleep(pause).await;
        self.reset();
        self.sender = Some(sender);
        self.answer("250 2.1.0 go on").await
    }

    async fn recipient(&mut self, rest: &str) -> io::Result<Then> {
        if let Some(then) = self.scripted(Stage::Rcpt).await? {
            return Ok(then);
        }
        let Some(recipient) = path(rest, "TO:").filter(|_| self.sender.is_some()) else {
            return self
                .answer("503 5.5.1 MAIL FROM, then RCPT TO:<address>")
                .await;
        };
        self.recipients.push(recipient);
        self.answer("250 2.1.5 go on").await
    }

    async fn data(&mut self) -> io::Result<Then> {
        if self.recipients.is_empty() {
            return self.answer("503 5.5.1 RCPT comes first").await;
        }
        match self.at(Stage::Data) {
            Some(Answer::DropBeforeEnd) => {
                self.say("354 go on").await?;
                let _some = self.line().await?;
                return Ok(Then::Close);
            }
            Some(answer) => return self.play(answer).await,
            None => self.say("354 end with a dot").await?,
        }
        let Some(raw) = self.mail().await? else {
            return Ok(Then::Close);
        };
        if raw.len() > LARGEST_MAIL {
            return self.answer("552 5.3.4 too large").await;
        }
        self.received(&raw).await
    }

    async fn received(&mut self, raw: &[u8]) -> io::Result<Then> {
        let answer = self.at(Stage::End);
        if matches!(answer, None | Some(Answer::DropAfterData)) {
            let recipients = std::mem::take(&mut self.recipients);
            self.desk.store.keep(Mail::parse(raw, recipients));
        }
        self.reset();
        match answer {
            Some(answer) => self.play(answer).await,
            None => self.answer("250 2.0.0 kept").await,
        }
    }

    /// The mail up to the dot, or nothing if the client went away.
    async fn mail(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut mail = Vec::new();
        loop {
            match self.wire.bytes().await?.as_slice() {
                [] => return Ok(None),
                b".\r\n" | b".\n" => return Ok(Some(mail)),
                [b'.', rest @ ..] => mail.extend(rest),
                all if mail.len() <= LARGEST_MAIL => mail.extend(all),
                _ => {}
            }
        }
    }

    fn reset(&mut self) {
        self.sender = None;
        self.recipients.clear();
    }

    async fn unless_scripted(&mut self, stage: Stage, line: &str) -> io::Result<Then> {
        match self.scripted(stage).await? {
            Some(then) => Ok(then),
            None => self.answer(line).await,
        }
    }

    async fn scripted(&mut self, stage: Stage) -> io::Result<Option<Then>> {
        match self.at(stage) {
            Some(answer) => self.play(answer).await.map(Some),
            None => Ok(None),
        }
    }

    fn at(&self, stage: Stage) -> Option<Answer> {
        self.desk.script().at(stage)
    }

    async fn play(&mut self, answer: Answer) -> io::Result<Then> {
        match answer {
            Answer::Refuse { at, code, text } => {
                self.say(&format!("{code} {text}")).await?;
                let ends = code == 421 || at == Stage::Connect;
                Ok(if ends { Then::Close } else { Then::GoOn })
            }
            Answer::DropAfterData | Answer::DropBeforeEnd => Ok(Then::Close),
            Answer::Stall(_) => {
                while self.line().await?.is_some() {}
                Ok(Then::Close)
            }
        }
    }

    async fn answer(&mut self, line: &str) -> io::Result<Then> {
        self.say(line).await?;
        Ok(Then::GoOn)
    }

    async fn say(&mut self, line: &str) -> io::Result<()> {
        self.wire.say(line).await
    }

    async fn line(&mut self) -> io::Result<Option<String>> {
        let line = self.wire.line().await?;
        if let Some(line) = line.as_deref().filter(|_| !self.wire.is_encrypted()) {
            self.desk.heard_in_clear(line.trim_end());
        }
        Ok(line)
    }
}

/// The address in `FROM:<a@b> SIZE=…`.
fn path(rest: &str, keyword: &str) -> Option<String> {
    let (word, path) = rest.split_at_checked(keyword.len())?;
    if !word.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let (address, _) = path.trim_start().strip_prefix('<')?.split_once('>')?;
    Some(address.to_owned())
}
