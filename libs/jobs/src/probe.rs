use async_trait::async_trait;

/// A point at which a crash leaves something to repair, or where a round of the relay begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Point {
    /// The worker has read entries, and has claimed nothing.
    AfterRead,
    /// The worker has claimed jobs, and begun none.
    AfterClaim,
    /// A job's effect is committed, and its entry not acknowledged.
    AfterCommit,
    /// The worker is about to prolong its leases.
    BeforeHeartbeat,
    /// The relay is about to look for what is due.
    BeforeLook,
    /// The relay is about to look for what crashes left behind.
    BeforeRepair,
    /// The relay has picked what is due, and published nothing.
    BeforePublish,
    /// The relay has published, and not yet written that down.
    AfterPublish,
}

/// Called at every [`Point`]; tests stop or freeze a process there, or count rounds. Does nothing in production.
#[async_trait]
pub trait Probe: Send + Sync {
    /// Goes on when this returns.
    async fn at(&self, point: Point);
}

/// Nothing is done at any point.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoProbe;

#[async_trait]
impl Probe for NoProbe {
    async fn at(&self, _: Point) {}
}
