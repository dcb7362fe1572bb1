/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A worker is killed (-9) and started again.
    KillWorker,
    /// A worker is asked to end and started again.
    EndWorker,
    /// A worker is frozen for a moment, or past its lease.
    FreezeWorker,
    /// A relay is killed (-9) and started again.
    KillRelay,
    /// A relay is frozen.
    FreezeRelay,
    /// Redis is killed (-9) and started again; what it keeps is a matter of the world.
    KillRedis,
    /// Redis is killed and comes back as it was a while ago.
    AgeRedis,
    /// Redis forgets everything.
    Flush,
    /// The group is destroyed.
    DestroyGroup,
    /// The stream is deleted.
    DeleteStream,
    /// A consumer is deleted with what is pending for it.
    DeleteConsumer,
    /// Redis answers nothing.
    FreezeRedis,
    /// Redis has no room.
    FillRedis,
    /// Redis makes room by dropping keys.
    EvictKeys,
    /// Postgres is restarted, as an operator would or in a hurry.
    RestartPostgres,
    /// The disk of Postgres is full.
    FillDisk,
    /// A frozen replica of Redis takes the place of the primary, which is killed.
    FailOver,
    /// A job takes the workers that do it along.
    Poison,
    /// All workers are asked to end, and as many start.
    Scale,
    /// A hundred thousand jobs are due at once.
    Storm,
    /// A million jobs wait while nobody works.
    Backlog,
    /// The connections of Postgres are terminated.
    TerminateBackends,
    /// The way of one or all processes of a role to the ledger or the stream is bad.
    Partition,
    /// The way of those who ask for jobs is bad.
    PartitionFront,
    /// Entries are in the stream ten times.
    Duplicate,
    /// Entries that nobody understands, and of jobs that nobody asked for.
    Garbage,
}
