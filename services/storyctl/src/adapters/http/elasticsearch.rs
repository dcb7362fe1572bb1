use std::time::{Duration, Instant};

use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderValue, Method};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::client::{Answer, HttpClient};
use crate::application::ports::{LogStore, Unavailable};
use crate::domain::Retention;

/// Name and text of what is put. The second is for lines that Elasticsearch refused: nothing
/// in it can be refused again.
const TEMPLATES: [(&str, &str); 2] = [
    ("logs-storyloom", include_str!("logs_template.json")),
    (
        "logs-storyloom-rejected",
        include_str!("rejected_template.json"),
    ),
];
/// How long to wait before Elasticsearch is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// How Elasticsearch is reached.
pub struct Access {
    /// Its nodes, as URLs; any of them will do.
    pub hosts: Vec<String>,
    /// Name and password; nobody signs in if the name is empty.
    pub credentials: (String, String),
    /// How long to wait for it.
    pub patience: Duration,
}

/// Elasticsearch 8.13 or later, which brings the component templates that ours are made of.
pub struct Elasticsearch {
    http: HttpClient,
    access: Access,
}

impl Elasticsearch {
    /// Connects to nothing yet.
    pub fn new(http: HttpClient, access: Access) -> Self {
        Self { http, access }
    }

    /// Puts a template, as soon as a node takes it.
    async fn put(&self, name: &str, template: &Value) -> Result<(), Unavailable> {
        let began = Instant::now();
        loop {
            let error = match self.put_once(name, template).await {
                Ok(answer) if answer.status.is_success() => return Ok(()),
                Ok(answer) if answer.status.is_client_error() => {
                    return Err(refused(name, &answer));
                }
                Ok(answer) => refused(name, &answer),
                Err(error) => error,
            };
            if began.elapsed() + AGAIN > self.access.patience {
                return Err(error);
            }
            sleep(AGAIN).await;
        }
    }

    /// Asks the nodes in turn until one answers.
    async fn put_once(&self, name: &str, template: &Value) -> Result<Answer, Unavailable> {
        let authorization = self.authorization();
        let mut last = Unavailable {
            what: "no host of Elasticsearch is set".to_owned(),
            cause: "set STORYCTL__ELASTICSEARCH__HOSTS".into(),
        };
        for host in &self.access.hosts {
            let url = format!("{}/_index_template/{name}", host.trim_end_matches('/'));
            let request = (Method::PUT, url.as_str());
            let sent = self
                .http
                .send(request, authorization.as_ref(), Some(template));
            match sent.await {
                Ok(answer) => return Ok(answer),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn authorization(&self) -> Option<HeaderValue> {
        let (user, password) = &self.access.credentials;
        let credentials = BASE64_STANDARD.encode(format!("{user}:{password}"));
        let value = HeaderValue::from_str(&format!("Basic {credentials}")).ok();
        let mut value = value.filter(|_| !user.is_empty())?;
        value.set_sensitive(true);
        Some(value)
    }
}

fn refused(name: &str, answer: &Answer) -> Unavailable {
    let reason = answer.text("/error/reason");
    let deeper = answer.text("/error/caused_by/reason");
    Unavailable {
        what: format!("Elasticsearch did not take the index template {name}"),
        cause: format!("{} {reason} {deeper}", answer.status)
            .trim_end()
            .into(),
    }
}

/// The template, with the retention in it.
fn template(text: &str, retention: Option<&Retention>) -> Result<Value, serde_json::Error> {
    let mut template: Value = serde_json::from_str(text)?;
    if let Some(retention) = retention {
        let inner = &mut template["template"];
        inner["lifecycle"] = json!({"data_retention": retention.as_str()});
        // The policy that `logs@settings` names would count before it.
        inner["settings"]["index.lifecycle.prefer_ilm"] = json!(false);
    }
    Ok(template)
}

#[async_trait]
impl LogStore for Elasticsearch {
    async fn set_up(&self, retention: Option<&Retention>) -> Result<Vec<String>, Unavailable> {
        let mut done = Vec::new();
        for (name, text) in TEMPLATES {
            let template = template(text, retention).map_err(|error| Unavailable {
                what: format!("the index template {name} is no JSON"),
                cause: error.into(),
            })?;
            self.put(name, &template).await?;
            done.push(name.to_owned());
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the services' log lines are typed by.
    const NAMES: &str = include_str!("../../../../../libs/telemetry/src/names.rs");

    /// `("client.ip", Ip),` as name and type.
    fn names() -> Vec<(&'static str, &'static str)> {
        let entry = |line: &'static str| {
            let entry = line.trim().strip_prefix("(\"")?.strip_suffix("),")?;
            entry.split_once("\", ")
        };
        NAMES.lines().filter_map(entry).collect()
    }

    #[test]
    fn every_field_that_is_no_text_has_its_type() {
        let template = template(TEMPLATES[0].1, None).unwrap();
        let properties = &template["template"]["mappings"]["properties"];
        let names = names();
        assert!(names.len() > 50, "{names:?}");
        for (name, kind) in names {
            let wanted = match kind {
                "Long" => "long",
                "Ip" => "ip",
                "Float" => "float",
                "Date" => "date",
                _ => continue,
            };
            assert_eq!(properties[name]["type"], wanted, "{name}");
        }
    }

    #[test]
    fn retention_counts_before_the_policy_of_elasticsearch() {
        let retention = Retention::parse("30d").unwrap();
        for (_, text) in TEMPLATES {
            let inner = template(text, Some(&retention)).unwrap()["template"].clone();
            assert_eq!(inner["lifecycle"]["data_retention"], "30d");
            assert_eq!(inner["settings"]["index.lifecycle.prefer_ilm"], false);
            let without = template(text, None).unwrap();
            assert!(without["template"]["lifecycle"].is_null());
        }
    }
}
