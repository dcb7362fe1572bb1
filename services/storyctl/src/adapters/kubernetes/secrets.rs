use std::collections::BTreeMap;

use async_trait::async_trait;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{ObjectMeta, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::json;

use super::{status, unavailable};
use crate::application::ports::{NewKey, StoredSecret, Unavailable, Vault, VaultError};
use crate::domain::{KeyName, SecretName};

/// The Secrets of one namespace.
pub struct KubernetesVault {
    secrets: Api<Secret>,
}

/// Who made what, as `kubectl` shows it.
const MANAGER: &str = "storyctl";

impl KubernetesVault {
    /// Those of the namespace that the client is for.
    pub fn new(client: Client) -> Self {
        Self {
            secrets: Api::default_namespaced(client),
        }
    }
}

fn refused(verb: &str, name: &SecretName, error: kube::Error) -> Unavailable {
    unavailable(format!("cannot {verb} secret {name}"), error)
}

fn data(keys: &[NewKey]) -> BTreeMap<String, ByteString> {
    let entry = |(key, material): &NewKey| {
        let bytes = ByteString(material.expose().to_vec());
        (key.as_str().to_owned(), bytes)
    };
    keys.iter().map(entry).collect()
}

#[async_trait]
impl Vault for KubernetesVault {
    async fn create(
        &self,
        name: &SecretName,
        labels: &BTreeMap<String, String>,
        keys: &[NewKey],
    ) -> Result<(), VaultError> {
        let secret = Secret {
            metadata: ObjectMeta {
                name: Some(name.as_str().to_owned()),
                labels: Some(labels.clone()),
                ..ObjectMeta::default()
            },
            data: Some(data(keys)),
            ..Secret::default()
        };
        let parameters = PostParams {
            field_manager: Some(MANAGER.to_owned()),
            ..PostParams::default()
        };
        match self.secrets.create(&parameters, &secret).await {
            Ok(_) => Ok(()),
            Err(error) if status(&error) == Some(409) => Err(VaultError::Conflict),
            Err(error) => Err(refused("create", name, error).into()),
        }
    }

    async fn find(&self, name: &SecretName) -> Result<Option<StoredSecret>, Unavailable> {
        let found = self.secrets.get_opt(name.as_str()).await;
        let found = found.map_err(|error| refused("read", name, error))?;
        let Some(secret) = found else {
            return Ok(None);
        };
        // Without a version a patch would have no precondition.
        let version = secret.metadata.resource_version;
        let version = version.ok_or_else(|| Unavailable {
            what: format!("cannot read secret {name}"),
            cause: "it has no version".into(),
        })?;
        let keys = secret.data.unwrap_or_default().into_keys();
        let keys = keys.filter_map(|key| KeyName::parse(&key).ok()).collect();
        Ok(Some(StoredSecret { version, keys }))
    }

    /// A merge patch of these keys alone: an apply would take away the keys that were
    /// applied before and are not among them.
    async fn add(
        &self,
        name: &SecretName,
        version: &str,
        keys: &[NewKey],
    ) -> Result<(), VaultError> {
        let patch = Patch::Merge(json!({
            "metadata": {"resourceVersion": version},
            "data": data(keys),
        }));
        let parameters = PatchParams {
            field_manager: Some(MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let patched = self.secrets.patch(name.as_str(), &parameters, &patch);
        match patched.await {
            Ok(_) => Ok(()),
            // Changed since, or gone.
            Err(error) if matches!(status(&error), Some(404 | 409)) => Err(VaultError::Conflict),
            Err(error) => Err(refused("add to", name, error).into()),
        }
    }
}
