//! What may happen, by name.

use crate::search::{Kind, Step};
use crate::state::{Id, State};

/// One transaction, one command, or one mishap. Jobs and workers are numbered from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// `queries/pick.sql`: the relay locks a due job.
    Pick { job: usize },
    /// `Stream::ring`: XADD, while the row is locked.
    Ring { job: usize },
    /// `ledger::publish::queued`, and the commit that unlocks the row.
    CommitQueued { job: usize },
    /// An XADD arrives whose transaction was rolled back.
    LateRing { job: usize },
    /// As one of the three above, with an id that was given before Redis lost it.
    RingWithOldId { job: usize, id: Id },

    /// `publish::ensure_group` answers that the group had to be made.
    MakeGroup,
    /// `Recognition::check` misses the epoch key in two passes.
    MissEpoch,
    /// `repair::requeue_all`, by the relay.
    RequeueAll,
    /// `Stream::begin_epoch`, by the relay.
    BeginEpoch,
    /// `Stream::abandoned`: XAUTOCLAIM.
    TakeOver { entry: Id },
    /// `queries/settle_abandoned.sql`.
    SettleAbandoned { job: usize, entry: Id },
    /// `Stream::ack` of what was settled.
    AckAbandoned { entry: Id },
    /// `repair::long_queued` and `Stream::alive`: the entry of a queued job is gone.
    MissEntry { job: usize, entry: Id },
    /// `repair::requeue`, if nothing has changed since.
    Requeue { job: usize, entry: Id },
    /// `repair::reap`.
    Reap { job: usize },

    /// `Stream::read`: XREADGROUP with `>`, as much as there are free slots.
    Read { worker: usize },
    /// `Reader::rest`: XREADGROUP with `0`, on a new connection.
    ReadOwn { worker: usize },
    /// `queries/claim.sql` for all that was read; of jobs that have crashed, for one.
    Claim {
        worker: usize,
        suspect: Option<usize>,
    },
    /// The handler's transaction: the effect and `jobs::finish`.
    CommitEffect {
        worker: usize,
        job: usize,
        fence: u8,
    },
    /// `acks::run`: XACK.
    Ack { worker: usize },
    /// `Reader::make_group` answers that the group had to be made.
    MakeGroupAsReader { worker: usize },
    /// `repair::requeue_all`, by a worker.
    RequeueAllAsReader { worker: usize },
    /// `Stream::begin_epoch`, by a worker.
    BeginEpochAsReader { worker: usize },
    /// `queries/prolong.sql`.
    BeatInLedger { worker: usize },
    /// `Stream::keep`: XCLAIM of what is in hand.
    BeatInStream { worker: usize },

    /// `lease_until` passes, and nobody is there to prolong it.
    LeaseEnds { job: usize },
    /// `run_at` comes.
    WaitEnds { job: usize },

    /// `lease_until` passes although somebody is: he is frozen, or cut off from Postgres.
    Freeze { job: usize },
    /// XAUTOCLAIM of what a living worker was about to act upon.
    TakeFromTheFrozen { entry: Id },
    /// The epoch key is missed because the worker who is to set it is frozen.
    MissEpochOfTheFrozen,
    /// The handler answers with an error: `settle::again`.
    TryFails {
        worker: usize,
        job: usize,
        fence: u8,
    },
    /// A worker loses its connection to Redis.
    ConnectionBreaks { worker: usize },
    /// XREADGROUP is done and its answer lost.
    ReadReplyLost { worker: usize },
    /// The claim is committed and its answer lost.
    ClaimReplyLost { worker: usize },
    /// Postgres is away when a worker has made the group.
    RequeueAllFails { worker: usize },
    /// The relay's transaction is rolled back after the XADD.
    PublicationBrokenOff { job: usize },
    /// The relay's transaction is rolled back while the XADD is on its way.
    PublicationOvertaken { job: usize },
    /// `kill -9`.
    WorkerDies { worker: usize },
    /// `kill -9`.
    RelayDies,
    /// FLUSHALL, or a restart without a file.
    RedisLosesEverything,
}

/// The ways on from a state, as they are found.
pub(crate) struct Steps {
    pub from: State,
    pub found: Vec<Step<Action, State>>,
}

impl Steps {
    pub const fn from(state: &State) -> Self {
        Self {
            from: *state,
            found: Vec::new(),
        }
    }

    /// What happens if nothing else does.
    pub fn sure(&mut self, action: Action, change: impl FnOnce(&mut State)) {
        self.add(action, Kind::Sure, change);
    }

    /// What happens or not.
    pub fn maybe(&mut self, action: Action, change: impl FnOnce(&mut State)) {
        self.add(action, Kind::Maybe, change);
    }

    /// What goes wrong, while there is trouble left.
    pub fn mishap(&mut self, action: Action, change: impl FnOnce(&mut State)) {
        let Some(rest) = self.from.trouble.mishaps.checked_sub(1) else {
            return;
        };
        self.maybe(action, |state| {
            state.trouble.mishaps = rest;
            change(state);
        });
    }

    fn add(&mut self, action: Action, kind: Kind, change: impl FnOnce(&mut State)) {
        let mut to = self.from;
        change(&mut to);
        self.found.push(Step { action, kind, to });
    }
}
