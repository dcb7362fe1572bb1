//! What the commands of `libs/jobs/src/stream` do to the stream and its group.

use crate::state::{Id, Ids, JOBS, Stream, WORKERS, bit};

impl Stream {
    /// `XGROUP CREATE … 0 MKSTREAM`: all that lies in the stream is unread. BUSYGROUP changes
    /// nothing.
    pub fn ensure_group(&mut self) {
        if !self.group {
            self.group = true;
            self.unread = self.entries;
        }
    }

    /// `XADD`. Makes the stream if need be, but no group.
    pub fn ring(&mut self, job: usize, id: Id) {
        self.next = self.next.max(id + 1);
        self.entries |= bit(id);
        self.unread |= bit(id);
        self.second &= !bit(id);
        if job > 0 {
            self.second |= bit(id);
        }
    }

    pub const fn job(&self, id: Id) -> usize {
        if self.second & bit(id) == 0 { 0 } else { 1 }
    }

    /// `XREADGROUP … >`: the first `count` unread ones, by job.
    pub fn read(&mut self, worker: usize, count: usize) -> [Option<Ids>; JOBS] {
        let taken = first(self.unread, count);
        self.unread &= !taken;
        self.pending[worker] |= taken;
        self.by_job(taken)
    }

    pub fn by_job(&self, taken: Ids) -> [Option<Ids>; JOBS] {
        [taken & !self.second, taken & self.second].map(|some| (some != 0).then_some(some))
    }

    /// `XACK`. Answers 0 if there is no group.
    pub fn ack(&mut self, acked: Ids) {
        for pending in &mut self.pending {
            *pending &= !acked;
        }
    }

    /// `XCLAIM … self 0 ids JUSTID`, or `XAUTOCLAIM`: those that are pending for anybody.
    pub fn keep(&mut self, consumer: usize, kept: Ids) {
        let kept = kept & self.all_pending();
        self.ack(kept);
        self.pending[consumer] |= kept;
    }

    pub fn all_pending(&self) -> Ids {
        self.pending.iter().fold(0, |all, pending| all | pending)
    }

    /// FLUSHALL, or a restart without a file. Ids come from the clock: if that goes back, they may
    /// come again.
    pub const fn flush(&mut self, clock_back: bool) {
        *self = Self {
            group: false,
            epoch: false,
            repeats: clock_back,
            next: self.next,
            entries: 0,
            unread: 0,
            second: 0,
            pending: [0; WORKERS + 1],
        };
    }
}

/// The ids of a set, from the lowest on.
pub fn ids(set: Ids) -> impl Iterator<Item = Id> {
    (0..16).filter(move |id| set & bit(*id) != 0)
}

/// The lowest `count` ids of a set.
pub fn first(set: Ids, count: usize) -> Ids {
    ids(set).take(count).fold(0, |taken, id| taken | bit(id))
}
