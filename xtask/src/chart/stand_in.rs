//! What a container of ours sees, laid out on this machine: settings as the chart renders them,
//! secrets made up.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use tempfile::TempDir;
use testkit::{random_key, signing_key_pem};

use super::objects::{Container, Pod, Rendering, at, items, text};

/// Where the chart mounts what the processes read.
const PLACES: [&str; 3] = ["/run/secrets/storyloom", "/etc/storyloom", "/run/storyloom"];

pub struct StandIn {
    folder: TempDir,
    pub variables: Vec<(String, String)>,
}

impl StandIn {
    pub fn of(
        rendering: &Rendering,
        pod: &Pod<'_>,
        container: Container<'_>,
    ) -> anyhow::Result<Self> {
        let mut stand_in = Self {
            folder: tempfile::tempdir()?,
            variables: Vec::new(),
        };
        for mount in items(container.spec, "/volumeMounts") {
            let volumes = items(pod.spec, "/volumes").iter();
            let there = stand_in.place(text(mount, "/mountPath"));
            for volume in volumes.filter(|it| text(it, "/name") == text(mount, "/name")) {
                stand_in.fill(&there, rendering, volume)?;
            }
        }
        for (name, value) in container.variables() {
            let value = stand_in.moved(value);
            stand_in.variables.push((name.to_owned(), value));
        }
        Ok(stand_in)
    }

    /// A file that the process may make.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn place(&self, path: &str) -> PathBuf {
        self.folder.path().join(path.trim_start_matches('/'))
    }

    /// A text with the places of this machine for those of the container.
    pub fn moved(&self, text: &str) -> String {
        let folder = self.folder.path().to_string_lossy();
        PLACES.iter().fold(text.to_owned(), |text, place| {
            text.replace(place, &format!("{folder}{place}"))
        })
    }

    fn fill(&self, there: &Path, rendering: &Rendering, volume: &Value) -> anyhow::Result<()> {
        fs::create_dir_all(there)?;
        let named = text(volume, "/configMap/name");
        let config = rendering.find("ConfigMap", named);
        let data = config.map(|it| at(it, "/data")).and_then(Value::as_object);
        for (name, content) in data.into_iter().flatten() {
            let content = content.as_str().unwrap_or_default();
            fs::write(there.join(name), self.moved(content))?;
        }
        for source in items(volume, "/projected/sources") {
            for item in items(source, "/secret/items") {
                let path = text(item, "/path");
                let file = there.join(path);
                fs::create_dir_all(file.parent().unwrap_or(there))?;
                fs::write(file, secret(path))?;
            }
        }
        Ok(())
    }
}

/// A secret that its reader takes.
fn secret(path: &str) -> String {
    match path {
        _ if path.starts_with("jwt/") => signing_key_pem(),
        _ if path.ends_with("/ca.crt") => authority(),
        _ => random_key(),
    }
}

fn authority() -> String {
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
    let der = roots.first().map(AsRef::as_ref).unwrap_or_default();
    let body = BASE64_STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
}
