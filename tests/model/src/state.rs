//! What there is: rows, a stream, workers and a relay.

pub const JOBS: usize = 2;
pub const WORKERS: usize = 2;

/// How many jobs a worker does at once.
pub const SLOTS: usize = 2;

/// The consumer that abandoned entries are taken over by.
pub const RELAY: usize = WORKERS;

/// An entry's id.
pub type Id = u8;

/// Ids, one bit each.
pub type Ids = u16;

pub const fn bit(id: Id) -> Ids {
    1 << id
}

/// How much may go wrong, on one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Trouble {
    /// A worker or the relay dies.
    pub crashes: u8,
    /// Redis loses everything.
    pub flushes: u8,
    /// The clock that ids come from goes back when it does.
    pub clock_back: bool,
    /// A worker is frozen past a lease, a try fails, an answer is lost, or a publication is broken off.
    pub mishaps: u8,
}

/// A row of `jobs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Row {
    pub state: RowState,
    pub fence: u8,
    /// Whether it has crashes.
    pub suspect: bool,
    /// How often its effect was committed.
    pub effects: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RowState {
    /// Due: `run_at <= now()`.
    Ready {
        due: bool,
    },
    /// With its `stream_id`.
    Queued {
        entry: Id,
    },
    /// Live: `lease_until > now()`.
    Running {
        worker: usize,
        live: bool,
    },
    Done,
}

/// The stream and its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stream {
    /// Whether there is a group.
    pub group: bool,
    /// Whether the epoch key is there.
    pub epoch: bool,
    /// Ids that were given before may be given again: the clock went back.
    pub repeats: bool,
    pub next: Id,
    /// What lies in it, read or not. An acknowledged entry that nobody refers to is forgotten.
    pub entries: Ids,
    /// What was not delivered yet.
    pub unread: Ids,
    /// Which of the entries are of the second job.
    pub second: Ids,
    /// What was delivered to each worker, or taken over by the relay, and not acknowledged.
    pub pending: [Ids; WORKERS + 1],
}

/// What a process remembers of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Task {
    pub job: usize,
    pub fence: u8,
    pub entries: Ids,
    /// It holds the quarantine.
    pub suspect: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Worker {
    pub alive: bool,
    /// What was read and not claimed, of each job.
    pub read: [Option<Ids>; JOBS],
    pub hand: [Option<Task>; SLOTS],
    /// Its connection broke: it first looks for what was on its way.
    pub reconnects: bool,
    /// What is to be acknowledged.
    pub acks: Ids,
    pub recovery: Recovery,
}

/// Where whoever made the group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Recovery {
    Over,
    ToRequeue,
    ToMark,
}

/// Where the publication of a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Publication {
    None,
    /// Its row is locked.
    Picked,
    /// Its entry is in the stream, and the row still locked.
    Rung(Id),
}

/// Where the relay's repairs are: what it read in one step and acts upon in the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Care {
    Rest,
    Recovery(Recovery),
    /// Took over an entry of a job.
    Took(Id, usize),
    /// Nobody needs the entry.
    Over(Id),
    /// Found that the entry of a queued job is gone.
    Gone(usize, Id),
}

/// Everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct State {
    pub(crate) rows: [Row; JOBS],
    pub(crate) stream: Stream,
    pub(crate) workers: [Worker; WORKERS],
    pub(crate) publications: [Publication; JOBS],
    /// Jobs whose `XADD` is on its way although its transaction is over.
    pub(crate) late: [bool; JOBS],
    pub(crate) care: Care,
    pub(crate) trouble: Trouble,
    /// A claim was ended by somebody whose claim was older.
    pub(crate) usurped: bool,
}

impl State {
    /// Two jobs are asked for, and the group is made. A job that is asked for later is one that
    /// is published later.
    pub(crate) const fn start(trouble: Trouble) -> Self {
        let row = Row {
            state: RowState::Ready { due: true },
            fence: 0,
            suspect: false,
            effects: 0,
        };
        let worker = Worker {
            alive: true,
            read: [None; JOBS],
            hand: [None; SLOTS],
            reconnects: false,
            acks: 0,
            recovery: Recovery::Over,
        };
        let stream = Stream {
            group: true,
            epoch: true,
            repeats: false,
            next: 0,
            entries: 0,
            unread: 0,
            second: 0,
            pending: [0; WORKERS + 1],
        };
        Self {
            rows: [row; JOBS],
            stream,
            workers: [worker; WORKERS],
            publications: [Publication::None; JOBS],
            late: [false; JOBS],
            care: Care::Rest,
            trouble,
            usurped: false,
        }
    }

    /// What must never be.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        if self.rows.iter().any(|row| row.effects > 1) {
            return Some("the effect of a job was committed twice");
        }
        let done = |row: &Row| row.state == RowState::Done;
        if self.rows.iter().any(|row| done(row) != (row.effects == 1)) {
            return Some("a job is done without its effect, or has its effect and is not done");
        }
        if self.usurped {
            return Some("a claim was ended by somebody who no longer held the job");
        }
        let mut held = self.workers.iter().flat_map(|worker| worker.hand).flatten();
        let first = held.next();
        let same =
            |task: Task| first.is_some_and(|it| (it.job, it.fence) == (task.job, task.fence));
        if held.any(same) {
            return Some("one claim is in two hands");
        }
        None
    }

    /// Everything is done, and nobody has anything left to do.
    pub(crate) fn at_rest(&self) -> bool {
        let idle = |worker: &Worker| {
            worker.read == [None; JOBS]
                && worker.hand == [None; SLOTS]
                && worker.acks == 0
                && !worker.reconnects
                && worker.recovery == Recovery::Over
        };
        self.rows.iter().all(|row| row.state == RowState::Done)
            && self.stream.pending == [0; WORKERS + 1]
            && self.stream.unread == 0
            && self.stream.group
            && self.workers.iter().all(idle)
            && self.publications == [Publication::None; JOBS]
            && self.late == [false; JOBS]
            && self.care == Care::Rest
    }
}
