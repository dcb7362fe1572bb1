use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::Smoke;
use super::ports::{ApiError, Inbox, Mail, PublicApi, Screen, Unavailable, Waiting};
use crate::domain::{Account, Progress};

/// A system whose mails come when they are looked for a second time.
#[derive(Default)]
struct FakeSystem {
    asked: Mutex<Vec<String>>,
    /// What is answered wrongly.
    broken: &'static str,
    looked: Mutex<u32>,
    ends_in: Option<&'static str>,
}

impl FakeSystem {
    fn note(&self, what: &str) {
        self.asked.lock().unwrap().push(what.to_owned());
    }

    fn ask(&self, what: &str) -> Result<String, ApiError> {
        self.note(what);
        if self.broken == what {
            return Err(ApiError::Unexpected {
                what: what.to_owned(),
                answer: "500".to_owned(),
            });
        }
        Ok(what.to_owned())
    }
}

#[async_trait]
impl PublicApi for FakeSystem {
    async fn is_well(&self) -> Result<(), ApiError> {
        self.ask("health").map(drop)
    }

    async fn has_keys(&self) -> Result<(), ApiError> {
        self.ask("keys").map(drop)
    }

    async fn turns_strangers_away(&self, _: &Account) -> Result<(), ApiError> {
        self.ask("strangers").map(drop)
    }

    async fn register(&self, _: &Account) -> Result<String, ApiError> {
        self.ask("register")
    }

    async fn verify(&self, registration: &str, code: &str) -> Result<(), ApiError> {
        assert_eq!((registration, code), ("register", "01234567"));
        self.ask("verify").map(drop)
    }

    async fn log_in(&self, _: &Account) -> Result<String, ApiError> {
        self.ask("login")
    }

    async fn request_story(&self, token: &str) -> Result<String, ApiError> {
        assert_eq!(token, "login");
        self.ask("story")
    }

    async fn progress(&self, _: &str, _: &str) -> Result<Progress, ApiError> {
        Ok(Progress::of(self.ends_in.unwrap_or("delivered")))
    }
}

#[async_trait]
impl Inbox for FakeSystem {
    async fn find(&self, _: &str, template: &str) -> Result<Option<Mail>, Unavailable> {
        let mut looked = self.looked.lock().unwrap();
        *looked += 1;
        let there = looked.is_multiple_of(2) && self.broken != template;
        Ok(there.then(|| Mail {
            subject: template.to_owned(),
            text: "Your code:\n\n01234567\n".to_owned(),
        }))
    }
}

#[derive(Default)]
struct Paper(Mutex<String>);

impl Screen for Paper {
    fn done(&self, what: &str, _: &str) {
        self.line(what);
    }

    fn line(&self, text: &str) {
        *self.0.lock().unwrap() += text;
    }
}

#[async_trait]
impl Waiting for Paper {
    async fn moment(&self) {}
}

/// What it came to, what was asked, and what was written.
async fn run(system: FakeSystem, with_inbox: bool) -> (Result<(), String>, Vec<String>, String) {
    let (system, paper) = (Arc::new(system), Arc::<Paper>::default());
    let inbox = with_inbox.then(|| system.clone() as Arc<dyn Inbox>);
    let shown = (paper.clone() as _, paper.clone() as _);
    let patience = Duration::from_millis(20);
    let reader = Account {
        email: "smoke@example.org".to_owned(),
        password: "of-the-smoke-test".to_owned(),
    };
    let smoke = Smoke::new(system.clone(), inbox, shown, patience);
    let came = smoke.run(&reader).await.map_err(|error| error.to_string());
    let asked = system.asked.lock().unwrap().clone();
    let written = paper.0.lock().unwrap().clone();
    (came, asked, written)
}

#[tokio::test]
async fn with_an_inbox_all_of_it_is_done() {
    let (came, asked, _) = run(FakeSystem::default(), true).await;
    assert_eq!(came, Ok(()));
    let all = [
        "health",
        "keys",
        "strangers",
        "register",
        "verify",
        "login",
        "story",
    ];
    assert_eq!(asked, all);
}

/// A registration would send a mail to somebody.
#[tokio::test]
async fn without_an_inbox_no_mail_is_caused_and_that_is_said() {
    let (came, asked, written) = run(FakeSystem::default(), false).await;
    assert_eq!(came, Ok(()));
    assert_eq!(asked, ["health", "keys", "strangers"]);
    assert!(written.contains("NOT tested"), "{written}");
}

#[tokio::test]
async fn what_is_broken_is_named() {
    for broken in [
        "health",
        "keys",
        "strangers",
        "register",
        "verify",
        "login",
        "story",
    ] {
        let system = FakeSystem {
            broken,
            ..FakeSystem::default()
        };
        let (came, asked, _) = run(system, true).await;
        let said = came.unwrap_err();
        assert!(said.contains(broken), "{said}");
        assert_eq!(asked.last().unwrap(), broken);
    }
}

#[tokio::test]
async fn a_mail_that_does_not_come_is_not_waited_for_for_ever() {
    for broken in ["verify_email", "story"] {
        let system = FakeSystem {
            broken,
            ..FakeSystem::default()
        };
        let said = run(system, true).await.0.unwrap_err();
        assert!(said.contains(broken), "{said}");
    }
}

#[tokio::test]
async fn a_story_that_fails_or_stays_is_told() {
    for (ends_in, word) in [("failed", "failed"), ("ready", "stayed ready")] {
        let system = FakeSystem {
            ends_in: Some(ends_in),
            ..FakeSystem::default()
        };
        let said = run(system, true).await.0.unwrap_err();
        assert!(said.contains(word), "{said}");
    }
}
