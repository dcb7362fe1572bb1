use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use testkit::http::Client;
use tokio::time::{Instant, sleep};

/// How long a mail may take to come.
const PATIENCE: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(50);

/// The development inbox, asked as Mailpit would be.
pub struct Inbox(Client);

/// A mail in it.
pub struct Received {
    pub id: String,
    pub from: String,
    pub to: String,
    pub subject: String,
    pub text: String,
}

impl Inbox {
    /// The one at this address.
    pub fn new(url: &str) -> Self {
        Self(Client::new(url))
    }

    /// The mail of a kind to an address, once it is there.
    pub async fn wait_for(&self, address: &str, template: &str) -> anyhow::Result<Received> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(mail) = self.find(address, template).await? {
                return Ok(mail);
            }
            anyhow::ensure!(
                Instant::now() < end,
                "no {template} mail came within {PATIENCE:?}"
            );
            sleep(POLL).await;
        }
    }

    async fn find(&self, address: &str, template: &str) -> anyhow::Result<Option<Received>> {
        let found = self
            .get(&format!("/api/v1/search?query=to:{address}&limit=50"))
            .await?;
        let messages = found.get("messages").and_then(Value::as_array);
        for message in messages.into_iter().flatten() {
            let id = text(message, "ID");
            let headers = self.get(&format!("/api/v1/message/{id}/headers")).await?;
            let kind = headers
                .pointer("/X-Storyloom-Template/0")
                .and_then(Value::as_str);
            if kind == Some(template) {
                return self.read(&id).await.map(Some);
            }
        }
        Ok(None)
    }

    async fn read(&self, id: &str) -> anyhow::Result<Received> {
        let mail = self.get(&format!("/api/v1/message/{id}")).await?;
        let address = |pointer| {
            let address = mail.pointer(pointer).and_then(Value::as_str);
            address.unwrap_or_default().to_owned()
        };
        Ok(Received {
            id: id.to_owned(),
            from: address("/From/Address"),
            to: address("/To/0/Address"),
            subject: text(&mail, "Subject"),
            text: text(&mail, "Text"),
        })
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let reply = self
            .0
            .get(path)
            .try_send()
            .await
            .context("the inbox does not answer")?;
        Ok(serde_json::from_slice(&reply.ensure(200)?.body)?)
    }
}

impl Received {
    /// The code that stands alone on a line.
    pub fn code(&self) -> Option<&str> {
        let is_code = |line: &&str| line.len() == 8 && line.bytes().all(|it| it.is_ascii_digit());
        self.text.lines().map(str::trim).find(is_code)
    }
}

fn text(value: &Value, name: &str) -> String {
    let text = value.get(name).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}
