//! What is seen of an installation.

/// Processes that are kept running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// What it is called.
    pub name: String,
    /// How many there should be.
    pub wanted: u32,
    /// How many of this version are ready.
    pub ready: u32,
    /// What is wrong with it, pod by pod.
    pub troubles: Vec<String>,
}

/// What is done once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub purpose: Purpose,
    /// How far it is.
    pub state: TaskState,
}

/// What a task is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It brings a schema up to date.
    Migration,
    /// It makes secrets.
    Secrets,
    /// It puts index templates into Elasticsearch.
    Elasticsearch,
}

/// How far a task is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskState {
    /// It is done.
    Done,
    /// It is not, for the reason that is known.
    UnderWay(String),
    /// It was given up.
    Failed(String),
}

/// A key that a pod needs and that is not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingKey {
    /// The secret.
    pub secret: String,
    /// The key; none if the whole secret is not there.
    pub key: Option<String>,
}

/// What is known of the secrets that pods need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    /// How many are needed.
    pub needed: usize,
    /// What is missing.
    pub missing: Vec<MissingKey>,
}

/// What KEDA says of a workload that it scales.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a condition that KEDA reports by itself"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scaler {
    /// What it is called.
    pub name: String,
    /// Whether KEDA can work with it.
    pub ready: bool,
    /// Whether there is work.
    pub active: bool,
    /// Whether KEDA cannot see how much work there is.
    pub blind: bool,
    /// Whether somebody told KEDA to leave the number of workers as it is.
    pub paused: bool,
    /// What KEDA says about it.
    pub why: String,
}

/// How a queue of jobs stands. What could not be learned is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobQueue {
    /// `story interactive`.
    pub name: String,
    /// Entries that no worker has read.
    pub lag: Option<u64>,
    /// Entries that workers have in hand.
    pub pending: Option<u64>,
    /// For how long the oldest due job has waited, in milliseconds.
    pub oldest_ms: Option<u64>,
    /// Jobs that wait, due or not.
    pub ready: Option<u64>,
    /// Jobs that are due and published.
    pub queued: Option<u64>,
    /// Jobs that a worker holds.
    pub running: Option<u64>,
    /// Jobs of a kind that no worker knew.
    pub parked: Option<u64>,
    /// Jobs that were given up.
    pub dead: Option<u64>,
    /// How many jobs the live workers can do at once.
    pub slots: Option<u64>,
    /// Why nothing is published, if nothing is.
    pub paused_for: Option<String>,
    /// What went wrong.
    pub troubles: Vec<JobTrouble>,
}

/// What went wrong with jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobTrouble {
    /// A code and a sentence.
    pub error: String,
    /// How many wait for another try.
    pub waiting: u64,
    /// How many were given up.
    pub dead: u64,
}

/// A service with jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobService {
    /// It writes stories.
    Story,
    /// It sends mails.
    Notification,
}

impl JobService {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Story, Self::Notification];

    /// What the component that answers for it is called.
    pub const fn component(self) -> &'static str {
        match self {
            Self::Story => "story-api",
            Self::Notification => "notification-api",
        }
    }
}
