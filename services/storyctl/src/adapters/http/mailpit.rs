use async_trait::async_trait;
use http::Method;
use serde_json::Value;

use super::client::{Answer, HttpClient};
use crate::application::ports::{Inbox, Mail, Unavailable};

/// Mailpit, or what speaks its API.
pub struct Mailpit {
    http: HttpClient,
    base: String,
}

/// How many mails to one address are looked at.
const PAGE: u32 = 50;

impl Mailpit {
    /// The one at this address.
    pub fn new(http: HttpClient, base: &str) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        Self { http, base }
    }

    async fn get(&self, path: &str) -> Result<Answer, Unavailable> {
        let url = format!("{}/api/v1/{path}", self.base);
        let answer = self.http.send((Method::GET, &url), None, None).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(Unavailable {
            what: format!("GET {url} failed"),
            cause: answer.status.to_string().into(),
        })
    }
}

#[async_trait]
impl Inbox for Mailpit {
    async fn find(&self, address: &str, template: &str) -> Result<Option<Mail>, Unavailable> {
        let search = format!("search?query=to:{address}&limit={PAGE}");
        let found = self.get(&search).await?;
        let messages = found.body.get("messages").and_then(Value::as_array);
        for message in messages.into_iter().flatten() {
            let id = message.get("ID").and_then(Value::as_str);
            let id = id.unwrap_or_default();
            let headers = self.get(&format!("message/{id}/headers")).await?;
            if headers.text("/X-Storyloom-Template/0") == template {
                let mail = self.get(&format!("message/{id}")).await?;
                return Ok(Some(Mail {
                    subject: mail.text("/Subject").to_owned(),
                    text: mail.text("/Text").to_owned(),
                }));
            }
        }
        Ok(None)
    }
}
