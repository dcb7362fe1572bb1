use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ports::{ApiError, Inbox, Mail, PublicApi, Screen, Unavailable, Waiting};
use crate::domain::{Account, Progress, code_in};

/// Does what a reader does, from signing up to the story in the inbox. Without an inbox it
/// does what needs no mail, and says so.
pub struct Smoke {
    api: Arc<dyn PublicApi>,
    inbox: Option<Arc<dyn Inbox>>,
    screen: Arc<dyn Screen>,
    waiting: Arc<dyn Waiting>,
    patience: Duration,
}

/// The system does not do what it is for.
#[derive(Debug, thiserror::Error)]
pub enum SmokeError {
    /// The API does not answer as it must.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The inbox does not answer.
    #[error(transparent)]
    Inbox(#[from] Unavailable),
    /// Something took too long.
    #[error("{what} within {} s", patience.as_secs())]
    TooLong {
        /// What did not come about.
        what: String,
        /// How long was waited.
        patience: Duration,
    },
    /// The first mail has no code in it.
    #[error("the mail {0:?} has no code in it")]
    NoCode(String),
    /// The story was not written.
    #[error("the story {0}")]
    Lost(String),
}

impl Smoke {
    /// Asks `api`, and reads mails in `inbox`. Nothing is waited for longer than `patience`.
    pub fn new(
        api: Arc<dyn PublicApi>,
        inbox: Option<Arc<dyn Inbox>>,
        (screen, waiting): (Arc<dyn Screen>, Arc<dyn Waiting>),
        patience: Duration,
    ) -> Self {
        Self {
            api,
            inbox,
            screen,
            waiting,
            patience,
        }
    }

    /// Fails at the first thing that is not as it must be.
    pub async fn run(&self, reader: &Account) -> Result<(), SmokeError> {
        self.api.is_well().await?;
        self.screen.done("services are well", "");
        self.api.has_keys().await?;
        self.screen.done("keys of access tokens are public", "");
        self.api.turns_strangers_away(reader).await?;
        self.screen.done("strangers are turned away", "");
        if let Some(inbox) = &self.inbox {
            return self.with_mail(&**inbox, reader).await;
        }
        let left_out = "no inbox: signing up, the story and its mail were NOT tested";
        self.screen.line(left_out);
        Ok(())
    }

    async fn with_mail(&self, inbox: &dyn Inbox, reader: &Account) -> Result<(), SmokeError> {
        let registration = self.api.register(reader).await?;
        self.screen.done("registered", &reader.email);
        let mail = self.mail(inbox, reader, "verify_email").await?;
        let code = code_in(&mail.text).ok_or(SmokeError::NoCode(mail.subject.clone()))?;
        self.screen.done("code came by mail", &mail.subject);
        self.api.verify(&registration, code).await?;
        self.screen.done("address is verified", "");
        let token = self.api.log_in(reader).await?;
        self.screen.done("signed in", "");
        let story = self.api.request_story(&token).await?;
        self.screen.done("asked for a story", &story);
        let mail = self.mail(inbox, reader, "story").await?;
        self.screen.done("story came by mail", &mail.subject);
        self.delivered(&token, &story).await
    }

    async fn mail(
        &self,
        inbox: &dyn Inbox,
        reader: &Account,
        template: &str,
    ) -> Result<Mail, SmokeError> {
        let began = Instant::now();
        loop {
            if let Some(mail) = inbox.find(&reader.email, template).await? {
                return Ok(mail);
            }
            self.wait(began, || format!("no {template} mail came"))
                .await?;
        }
    }

    async fn delivered(&self, token: &str, story: &str) -> Result<(), SmokeError> {
        let began = Instant::now();
        loop {
            match self.api.progress(token, story).await? {
                Progress::Delivered => break,
                Progress::Lost(how) => return Err(SmokeError::Lost(how)),
                Progress::UnderWay(status) => {
                    let what = || format!("the story stayed {status}");
                    self.wait(began, what).await?;
                }
            }
        }
        self.screen.done("story is known as delivered", story);
        Ok(())
    }

    /// A moment; fails when it has been too many since `began`.
    async fn wait(&self, began: Instant, what: impl Fn() -> String) -> Result<(), SmokeError> {
        if began.elapsed() > self.patience {
            return Err(SmokeError::TooLong {
                what: what(),
                patience: self.patience,
            });
        }
        self.waiting.moment().await;
        Ok(())
    }
}
