use uuid::Uuid;

/// Proof that a worker holds a job: its id and the number of the claim.
///
/// Opaque to use cases: they pass it on to the port that saves the effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fence {
    job: Uuid,
    number: i64,
}

impl Fence {
    /// The fence of one claim of a job.
    pub const fn new(job: Uuid, number: i64) -> Self {
        Self { job, number }
    }

    /// The job that is held.
    pub const fn job(&self) -> Uuid {
        self.job
    }

    /// Which claim of the job holds it; only the newest one counts.
    pub const fn number(&self) -> i64 {
        self.number
    }
}
