//! The server's side of one SMTP conversation (RFC 5321).

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::answers::Script;
use super::store::Store;
use super::{Answer, Mail, Stage};

const LARGEST_MAIL: usize = 25 * 1024 * 1024;
const LONGEST_LINE: usize = 64 * 1024;

pub(super) struct Conversation {
    stream: BufReader<TcpStream>,
    store: Store,
    script: Arc<Mutex<Script>>,
    sender: Option<String>,
    recipients: Vec<String>,
}

/// Whether the conversation goes on.
enum Then {
    GoOn,
    Close,
}

impl Conversation {
    pub(super) fn new(stream: TcpStream, store: Store, script: Arc<Mutex<Script>>) -> Self {
        Self {
            stream: BufReader::new(stream),
            store,
            script,
            sender: None,
            recipients: Vec::new(),
        }
    }

    pub(super) async fn run(mut self) -> io::Result<()> {
        if self.scripted(Stage::Connect).await?.is_some() {
            return Ok(());
        }
        self.say("220 storyloom.test ESMTP").await?;
        while let Some(line) = self.line().await? {
            if matches!(self.obey(line.trim_end()).await?, Then::Close) {
                break;
            }
        }
        Ok(())
    }

    async fn obey(&mut self, line: &str) -> io::Result<Then> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => {
                self.unless_scripted(Stage::Hello, "250-storyloom.test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-PIPELINING\r\n250-AUTH PLAIN LOGIN\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 26214400")
                    .await
            }
            "HELO" => self.unless_scripted(Stage::Hello, "250 storyloom.test").await,
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

    /// Takes any name and password.
    async fn auth(&mut self, how: &str) -> io::Result<Then> {
        let mut words = how.split_whitespace();
        let questions: &[&str] = match (words.next().unwrap_or_default(), words.next()) {
            ("PLAIN", None) => &["334 "],
            ("LOGIN", None) => &["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"],
            ("LOGIN", Some(_)) => &["334 UGFzc3dvcmQ6"],
            _ => &[],
        };
        for question in questions {
            self.say(question).await?;
            if self.line().await?.is_none() {
                return Ok(Then::Close);
            }
        }
        self.unless_scripted(Stage::Auth, "235 2.7.0 welcome").await
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
            self.store.keep(Mail::parse(raw, recipients));
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
            let mut line = Vec::new();
            self.stream.read_until(b'\n', &mut line).await?;
            match line.as_slice() {
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
        self.script
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .at(stage)
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
        self.stream
            .write_all(format!("{line}\r\n").as_bytes())
            .await
    }

    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let read = self.stream.read_until(b'\n', &mut line).await?;
        if line.len() > LONGEST_LINE {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok((read > 0).then(|| String::from_utf8_lossy(&line).into_owned()))
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
