//! Brings images to a registry.

use anyhow::Context as _;
use http::HeaderValue;
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference, RegistryOperation};

use super::artifact::Image;
use crate::environment;

const USER: &str = "STORYLOOM_REGISTRY_USER";
const PASSWORD: &str = "STORYLOOM_REGISTRY_PASSWORD";
/// Registries on this machine are spoken to without TLS, as container engines do.
const ON_THIS_MACHINE: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// A registry, or a part of one, such as `registry.example.org/team`.
pub struct Registry {
    address: String,
    client: Client,
    auth: RegistryAuth,
}

impl Registry {
    /// With the credentials that the environment gives, if any.
    pub fn new(address: &str) -> anyhow::Result<Self> {
        let auth = match (environment::text(USER), environment::text(PASSWORD)) {
            (Some(user), Some(password)) => RegistryAuth::Basic(user, password),
            (None, None) => RegistryAuth::Anonymous,
            _ => anyhow::bail!("{USER} and {PASSWORD} belong together"),
        };
        Self::with(address, auth)
    }

    /// With these credentials.
    pub fn with(address: &str, auth: RegistryAuth) -> anyhow::Result<Self> {
        let address = address.trim_end_matches('/');
        let host = address.split('/').next().unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, _port)| name);
        let protocol = if ON_THIS_MACHINE.contains(&name) {
            ClientProtocol::Http
        } else {
            ClientProtocol::Https
        };
        let client = Client::try_from(ClientConfig {
            protocol,
            ..ClientConfig::default()
        })?;
        Ok(Self {
            address: address.to_owned(),
            client,
            auth,
        })
    }

    /// Uploads what the registry does not have yet, the manifest last: the name never points
    /// to a part of an image. Answers the name.
    pub async fn push(&self, image: &Image) -> anyhow::Result<String> {
        let name = image.name();
        let name = format!("{}/{}:{}", self.address, name.repository(), name.tag());
        let reference: Reference = name
            .parse()
            .with_context(|| format!("{name} cannot be an image's name"))?;
        let failed = || format!("{name} cannot be pushed");
        let client = &self.client;
        let push = RegistryOperation::Push;
        client
            .auth(&reference, &self.auth, push)
            .await
            .with_context(failed)?;
        for blob in image.blobs() {
            let exists = client.blob_exists(&reference, blob.digest()).await;
            if !exists.with_context(failed)? {
                let bytes = blob.bytes().clone();
                let pushed = client.push_blob(&reference, bytes, blob.digest()).await;
                pushed.with_context(failed)?;
            }
        }
        let manifest = image.manifest();
        let media_type = HeaderValue::from_static(manifest.media_type());
        let bytes = manifest.bytes().clone();
        let pushed = client.push_manifest_raw(&reference, bytes, media_type);
        pushed.await.with_context(failed)?;
        Ok(name)
    }
}
