use std::sync::Arc;

use super::ports::{KeyMaker, NewKey, Unavailable, Vault, VaultError};
use crate::domain::{KeyName, Plan, PlannedSecret, SecretName};

/// How often a secret is looked at again that somebody else changes at the same time.
const TRIES: usize = 20;

/// Makes the secrets of a plan. What is there stays as it is: only keys that are absent are
/// added.
pub struct MakeSecrets {
    vault: Arc<dyn Vault>,
    keys: Arc<dyn KeyMaker>,
}

/// What became of a secret.
#[derive(Debug, PartialEq, Eq)]
pub struct Made {
    /// The secret.
    pub secret: SecretName,
    /// What was done to it.
    pub outcome: Outcome,
}

/// What was done to a secret.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was not there.
    Created,
    /// These keys were not in it.
    Added(Vec<KeyName>),
    /// All of it was there.
    Kept,
}

/// Not all secrets are there.
#[derive(Debug, thiserror::Error)]
pub enum MakeSecretsError {
    /// It kept changing.
    #[error("secret {0} is changed by somebody else all the time")]
    Contended(SecretName),
    /// The vault does not answer, or does not let us.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl MakeSecrets {
    /// Stores in `vault` what `keys` makes.
    pub fn new(vault: Arc<dyn Vault>, keys: Arc<dyn KeyMaker>) -> Self {
        Self { vault, keys }
    }

    /// Makes what is missing; may be run again, and by several at once.
    pub async fn run(&self, plan: &Plan) -> Result<Vec<Made>, MakeSecretsError> {
        let mut made = Vec::new();
        for planned in plan.secrets() {
            let outcome = self.ensure(planned).await?;
            let secret = planned.name.clone();
            made.push(Made { secret, outcome });
        }
        Ok(made)
    }

    async fn ensure(&self, planned: &PlannedSecret) -> Result<Outcome, MakeSecretsError> {
        for _ in 0..TRIES {
            match self.try_once(planned).await {
                Ok(outcome) => return Ok(outcome),
                Err(VaultError::Conflict) => {}
                Err(VaultError::Unavailable(error)) => return Err(error.into()),
            }
        }
        Err(MakeSecretsError::Contended(planned.name.clone()))
    }

    async fn try_once(&self, planned: &PlannedSecret) -> Result<Outcome, VaultError> {
        let PlannedSecret { name, labels, .. } = planned;
        let all = self.fresh(planned, |_| true);
        match self.vault.create(name, labels, &all).await {
            Ok(()) => return Ok(Outcome::Created),
            Err(VaultError::Conflict) => {}
            Err(error) => return Err(error),
        }
        let Some(stored) = self.vault.find(name).await? else {
            return Err(VaultError::Conflict);
        };
        let absent = self.fresh(planned, |key| !stored.keys.contains(key));
        if absent.is_empty() {
            return Ok(Outcome::Kept);
        }
        self.vault.add(name, &stored.version, &absent).await?;
        Ok(Outcome::Added(
            absent.into_iter().map(|(key, _)| key).collect(),
        ))
    }

    fn fresh(&self, planned: &PlannedSecret, wanted: impl Fn(&KeyName) -> bool) -> Vec<NewKey> {
        let keys = planned.keys.iter().filter(|(key, _)| wanted(key));
        keys.map(|(key, kind)| (key.clone(), self.keys.make(*kind)))
            .collect()
    }
}
