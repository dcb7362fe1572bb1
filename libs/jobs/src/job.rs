use uuid::Uuid;

/// What is to be done, and to what. Never carries content: whatever the work needs stands in
/// the subject's own row and is read when the job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// Which handler does it, such as `write_story`.
    pub kind: &'static str,
    /// The id of its subject; there is one job per kind and key.
    pub key: Uuid,
    /// On whose behalf; the relay takes turns between tenants.
    pub tenant: Uuid,
}
