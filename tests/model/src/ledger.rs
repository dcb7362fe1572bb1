//! What the statements of `libs/jobs/src/ledger` do to rows.

use crate::state::{Id, Ids, JOBS, Publication, RowState, State};
use crate::{Jobs, Planted};

/// What `queries/claim.sql` says of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// With its fence.
    Claimed(u8),
    Running,
    NotNow,
}

impl State {
    /// Whether a transaction of the relay holds the row.
    pub fn locked(&self, job: usize) -> bool {
        self.publications[job] != Publication::None
    }

    /// `queries/claim.sql` for the jobs that a worker has read of. Of those that have crashed it
    /// gets one at most: `suspect`. Rows must not be locked, or it waits.
    pub fn claim(
        &mut self,
        worker: usize,
        read: [Option<Ids>; JOBS],
        suspect: Option<usize>,
    ) -> [Answer; JOBS] {
        let mut answers = [Answer::NotNow; JOBS];
        for job in (0..JOBS).filter(|job| read[*job].is_some()) {
            let row = &mut self.rows[job];
            let quarantined = row.suspect && suspect != Some(job);
            let due = row.state.is_claimable();
            if due && !quarantined {
                row.state = RowState::Running { worker, live: true };
                row.fence += 1;
            } else if matches!(row.state, RowState::Queued { .. }) {
                row.state = RowState::Ready { due: false };
            }
            answers[job] = match row.state {
                state if state.is_of(worker) => Answer::Claimed(row.fence),
                RowState::Running { .. } => Answer::Running,
                _ => Answer::NotNow,
            };
        }
        answers
    }

    /// `queries/prolong.sql`.
    pub fn prolong(&mut self, job: usize, fence: u8) {
        let row = &mut self.rows[job];
        if let RowState::Running { live, .. } = &mut row.state
            && row.fence == fence
        {
            *live = true;
        }
    }

    /// `repair::reap`.
    pub fn reap(&mut self, job: usize) {
        let row = &mut self.rows[job];
        row.state = RowState::Ready { due: true };
        row.suspect = true;
    }

    /// `repair::requeue_all`.
    pub fn requeue_all(&mut self) {
        for job in 0..JOBS {
            if matches!(self.rows[job].state, RowState::Queued { .. }) && !self.locked(job) {
                self.rows[job].state = RowState::Ready { due: true };
            }
        }
    }

    /// `repair::requeue`, and the same update in `queries/settle_abandoned.sql`. False if the row
    /// has changed meanwhile.
    pub fn requeue(&mut self, job: usize, entry: Id) -> bool {
        let waits = self.rows[job].state == RowState::Queued { entry } && !self.locked(job);
        if waits {
            self.rows[job].state = RowState::Ready { due: true };
        }
        waits
    }

    /// `queries/settle_abandoned.sql`. Whether somebody is at it, or about to be.
    pub fn settle_abandoned(&mut self, job: usize, entry: Id) -> bool {
        let requeued = self.requeue(job, entry);
        match self.rows[job].state {
            RowState::Running { live, .. } => live,
            state => state == RowState::Queued { entry } && !requeued,
        }
    }
}

impl RowState {
    /// `state = 'queued' or state = 'ready' and run_at <= clock_timestamp()`.
    pub const fn is_claimable(self) -> bool {
        matches!(self, Self::Queued { .. } | Self::Ready { due: true })
    }

    /// `state = 'running' and worker = $2`.
    pub fn is_of(self, worker: usize) -> bool {
        matches!(self, Self::Running { worker: it, .. } if it == worker)
    }
}

impl Jobs {
    /// The effect and `jobs::finish`, in one transaction.
    pub fn finish(self, state: &mut State, job: usize, fence: u8) {
        if self.holds(state, job, fence) {
            // Without any guard it is the second effect that is looked for.
            let counts = !self.has(Planted::NoGuard);
            state.usurped |= counts && state.rows[job].fence != fence;
            let row = &mut state.rows[job];
            row.effects += 1;
            row.state = RowState::Done;
        }
    }

    /// `settle::again`.
    pub fn again(self, state: &mut State, job: usize, fence: u8) {
        if self.holds(state, job, fence) {
            state.usurped |= state.rows[job].fence != fence;
            state.rows[job].state = RowState::Ready { due: false };
        }
    }

    /// `where id = $1 and fence = $2 and state = 'running'`: how every claim ends.
    pub fn holds(self, state: &State, job: usize, fence: u8) -> bool {
        let row = state.rows[job];
        let running = matches!(row.state, RowState::Running { .. });
        match self.planted {
            Some(Planted::NoGuard) => true,
            Some(Planted::NoFence) => running,
            _ => running && row.fence == fence,
        }
    }
}
