//! Everything that may be set. Defaults and docs: `settings.toml`.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use settings::{BadSettings, Secret, Within};

use crate::domain::Retention;

/// Everything that may be set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What is presented to the services.
    pub operator_token: Secret<String>,
    /// How Elasticsearch is reached.
    pub elasticsearch: ElasticsearchSettings,
}

/// How Elasticsearch is reached.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElasticsearchSettings {
    hosts: String,
    pub user: String,
    pub password: Secret<String>,
    pub ca: String,
    #[serde(deserialize_with = "retention")]
    pub retention: Option<Retention>,
    pub wait_ms: Within<0, 3_600_000>,
}

impl Settings {
    /// Those of this process.
    pub fn load() -> Result<Self, BadSettings> {
        settings::load("STORYCTL", include_str!("../settings.toml"))
    }
}

impl ElasticsearchSettings {
    /// The nodes; refuses to have none.
    pub fn hosts(&self) -> Result<Vec<String>, BadSettings> {
        let hosts = self.hosts.split(',').map(|host| host.trim().to_owned());
        let hosts: Vec<_> = hosts.filter(|host| !host.is_empty()).collect();
        if hosts.is_empty() {
            let reason = "must be the URL of Elasticsearch";
            return Err(BadSettings::unfit("elasticsearch.hosts", reason));
        }
        Ok(hosts)
    }

    /// The authority that is trusted, if it is not the system's.
    pub fn authority(&self) -> Option<&str> {
        Some(self.ca.as_str()).filter(|ca| !ca.is_empty())
    }
}

fn retention<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Retention>, D::Error> {
    let text = String::deserialize(from)?;
    let parsed = (!text.is_empty()).then(|| Retention::parse(&text));
    parsed.transpose().map_err(D::Error::custom)
}
