use std::time::Duration;

use async_trait::async_trait;

use super::Unavailable;
use crate::domain::{CodeHash, RegistrationId};

/// Counts how often codes are tried. Keeps hashes of them, never the codes.
#[async_trait]
pub trait Codes: Send + Sync {
    /// Keeps the hash for as long as the flow lives, unless there is one.
    async fn keep(
        &self,
        flow: RegistrationId,
        hash: CodeHash,
        life: Duration,
    ) -> Result<(), Unavailable>;

    /// Replaces the hash; the tries that were counted remain, and live on with it.
    async fn replace(
        &self,
        flow: RegistrationId,
        hash: CodeHash,
        life: Duration,
    ) -> Result<(), Unavailable>;

    /// Counts a try, then compares, in one step that nothing comes between. The right code
    /// gets its try back; no more than the permitted number of wrong ones are ever compared.
    async fn attempt(&self, attempt: &Attempt) -> Result<Try, Unavailable>;

    /// Forgets a flow that has ended.
    async fn forget(&self, flow: RegistrationId) -> Result<(), Unavailable>;
}

/// Somebody typed a code.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// In which flow.
    pub flow: RegistrationId,
    /// What the right code hashes to; kept first where it is not there.
    pub expected: CodeHash,
    /// What the typed code hashes to.
    pub presented: CodeHash,
    /// How long the flow still lives.
    pub life: Duration,
    /// How many wrong codes it may see.
    pub most: u32,
}

/// What became of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Try {
    /// It was the code; this many tries are left.
    Right(u32),
    /// It was not; this many tries are left.
    Wrong(u32),
    /// There were no tries left, so it was not compared.
    Exhausted,
}
