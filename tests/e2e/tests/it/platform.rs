//! Where the platform under test is.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::fcntl::{Flock, FlockArg};
use serde_json::Value;
use testkit::eventually;
use testkit::http::Client;

/// How long anything may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The platform under test, as `platform.json` describes it.
pub struct Platform {
    pub front: Client,
    inbox: Client,
    path: PathBuf,
    _turn: Flock<File>,
}

/// A mail in the inbox.
pub struct Mail {
    pub message_id: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl Platform {
    /// The one that was started for these tests, else the one of `cargo xtask up`.
    pub fn get() -> Self {
        Self::with(FlockArg::LockShared)
    }

    /// The same, while no other test uses it: for tests that break something.
    pub fn alone() -> Self {
        Self::with(FlockArg::LockExclusive)
    }

    fn with(turn: FlockArg) -> Self {
        let given = std::env::var_os("STORYLOOM_PLATFORM").map(PathBuf::from);
        let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/dev/platform.json");
        let path = given.unwrap_or(usual);
        let manifest = read(&path).expect("a platform runs: cargo xtask test, or cargo xtask up");
        // Tests may be processes of their own, so a lock in memory would not do.
        let file = File::create(path.with_file_name("e2e.lock")).unwrap();
        Self {
            _turn: Flock::lock(file, turn).map_err(|(_, error)| error).unwrap(),
            front: Client::new(manifest["front"].as_str().unwrap()),
            inbox: Client::new(manifest["inbox"].as_str().unwrap()),
            path,
        }
    }

    /// The process of a role, as it is now.
    pub fn process(&self, name: &str, role: &str) -> Option<Value> {
        let manifest = read(&self.path)?;
        let services = manifest["services"].as_array()?;
        let found = services
            .iter()
            .find(|it| it["name"] == name && it["role"] == role);
        found.cloned()
    }

    /// All mails of a kind to an address, newest first.
    pub async fn mails(&self, address: &str, template: &str) -> Vec<Mail> {
        let path = format!("/api/v1/search?query=to:{address}&limit=1000");
        let found = self.inbox.get(&path).send().await.expect(200).json();
        let mut mails = Vec::new();
        for summary in found["messages"].as_array().unwrap() {
            let message = format!("/api/v1/message/{}", summary["ID"].as_str().unwrap());
            let headers = self
                .inbox
                .get(&format!("{message}/headers"))
                .send()
                .await
                .json();
            if headers["X-Storyloom-Template"][0] == template {
                let mail = self.inbox.get(&message).send().await.expect(200).json();
                mails.push(Mail::new(&mail));
            }
        }
        mails
    }

    /// The newest mail of a kind to an address, once there is one.
    pub async fn mail(&self, address: &str, template: &str) -> Mail {
        let newest = async || self.mails(address, template).await.into_iter().next();
        eventually(PATIENCE, newest).await
    }
}

impl Mail {
    fn new(mail: &Value) -> Self {
        let text = |name: &str| mail[name].as_str().unwrap().to_owned();
        Self {
            message_id: text("MessageID"),
            subject: text("Subject"),
            text: text("Text"),
            html: text("HTML"),
        }
    }

    /// The code that stands alone on a line.
    pub fn code(&self) -> &str {
        let is_code = |line: &&str| line.len() == 8 && line.bytes().all(|it| it.is_ascii_digit());
        let mut lines = self.text.lines().map(str::trim);
        lines.find(is_code).expect("the mail has a code")
    }
}

fn read(path: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}
