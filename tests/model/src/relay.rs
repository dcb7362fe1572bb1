//! The relay's steps: `libs/jobs/src/relay`.

use crate::state::{
    Care, Id, Ids, JOBS, Publication, RELAY, Recovery, RowState, State, Worker, bit,
};
use crate::step::{Action, Steps};
use crate::stream::ids;
use crate::{Jobs, Planted};

impl Jobs {
    pub(crate) fn relay(self, steps: &mut Steps) {
        for job in 0..JOBS {
            publish(steps, job);
            if matches!(
                steps.from.rows[job].state,
                RowState::Running { live: false, .. }
            ) && !self.has(Planted::NoReaper)
            {
                steps.sure(Action::Reap { job }, |state| state.reap(job));
            }
        }
        match steps.from.care {
            Care::Rest => self.begin_care(steps),
            care => go_on_caring(steps, care),
        }
    }

    /// What a pass of `Care::stream` begins with; the order is left open.
    fn begin_care(self, steps: &mut Steps) {
        let from = steps.from;
        // `ensure_group`: BUSYGROUP changes nothing.
        if !from.stream.group {
            steps.sure(Action::MakeGroup, |state| {
                state.stream.ensure_group();
                state.care = Care::Recovery(Recovery::ToRequeue);
            });
            return;
        }
        // Missed in two passes: whoever made the group is dead, or frozen.
        let miss = |state: &mut State| state.care = Care::Recovery(Recovery::ToRequeue);
        if !from.stream.epoch && from.workers.iter().any(Worker::is_recovering) {
            steps.mishap(Action::MissEpochOfTheFrozen, miss);
        } else if !from.stream.epoch {
            steps.sure(Action::MissEpoch, miss);
        }
        if !self.has(Planted::NoTakeOver) {
            for entry in ids(from.stream.all_pending()) {
                take_over(steps, entry);
            }
        }
        for job in 0..JOBS {
            // `repair::long_queued` and `Stream::alive`. To look and find it changes nothing.
            if let RowState::Queued { entry } = from.rows[job].state
                && !self.is_alive(&from, entry)
                && !self.has(Planted::NoSlowPass)
            {
                steps.sure(Action::MissEntry { job, entry }, |state| {
                    state.care = Care::Gone(job, entry);
                });
            }
        }
    }

    /// `Stream::alive`: unread, or pending.
    fn is_alive(self, state: &State, entry: Id) -> bool {
        let mut there = state.stream.unread | state.stream.all_pending();
        if self.has(Planted::RangeIsProof) {
            there = state.stream.entries;
        }
        there & bit(entry) != 0
    }
}

/// `XAUTOCLAIM` of what showed no sign of life. Of what a living worker has in hand that is so
/// only if it is frozen.
fn take_over(steps: &mut Steps, entry: Id) {
    let pending = steps.from.stream.pending;
    let is_his = |(worker, own): (usize, &Worker)| own.knows() & pending[worker] & bit(entry) != 0;
    let take = |state: &mut State| {
        state.stream.keep(RELAY, bit(entry));
        state.care = Care::Took(entry, state.stream.job(entry));
    };
    if steps.from.workers.iter().enumerate().any(is_his) {
        steps.mishap(Action::TakeFromTheFrozen { entry }, take);
    } else {
        steps.sure(Action::TakeOver { entry }, take);
    }
}

/// What was read is acted upon, whatever has happened since.
fn go_on_caring(steps: &mut Steps, care: Care) {
    match care {
        Care::Rest | Care::Recovery(Recovery::Over) => {}
        Care::Recovery(Recovery::ToRequeue) => steps.sure(Action::RequeueAll, |state| {
            state.requeue_all();
            state.care = Care::Recovery(Recovery::ToMark);
        }),
        Care::Recovery(Recovery::ToMark) => steps.sure(Action::BeginEpoch, |state| {
            state.stream.epoch = true;
            state.care = Care::Rest;
        }),
        Care::Took(entry, job) => {
            steps.sure(Action::SettleAbandoned { job, entry }, |state| {
                let alive = state.settle_abandoned(job, entry);
                state.care = if alive { Care::Rest } else { Care::Over(entry) };
            });
        }
        Care::Over(entry) => steps.sure(Action::AckAbandoned { entry }, |state| {
            state.stream.ack(bit(entry));
            state.care = Care::Rest;
        }),
        Care::Gone(job, entry) => steps.sure(Action::Requeue { job, entry }, |state| {
            state.requeue(job, entry);
            state.care = Care::Rest;
        }),
    }
}

/// `Publisher::publish`. Each job has a transaction of its own here, as if each had a relay of its
/// own: a batch is the same with fewer interleavings.
fn publish(steps: &mut Steps, job: usize) {
    let from = steps.from;
    match from.publications[job] {
        Publication::None if from.rows[job].state == (RowState::Ready { due: true }) => {
            // `queries/pick.sql`: `for no key update`.
            steps.sure(Action::Pick { job }, |state| {
                state.publications[job] = Publication::Picked;
            });
        }
        Publication::None => {}
        Publication::Picked => ring(steps, job, Action::Ring { job }, |state, entry| {
            state.publications[job] = Publication::Rung(entry);
        }),
        Publication::Rung(entry) => steps.sure(Action::CommitQueued { job }, |state| {
            state.rows[job].state = RowState::Queued { entry };
            state.publications[job] = Publication::None;
        }),
    }
    if from.late[job] {
        ring(steps, job, Action::LateRing { job }, |state, _| {
            state.late[job] = false;
        });
    }
}

/// `XADD`: a new id, or one that somebody still knows from before the clock went back.
fn ring(steps: &mut Steps, job: usize, action: Action, then: impl Fn(&mut State, Id)) {
    let from = steps.from;
    let add = |state: &mut State, id: Id| {
        state.stream.ring(job, id);
        then(state, id);
    };
    steps.sure(action, |state| add(state, from.stream.next));
    if from.stream.repeats {
        for id in ids(from.referred(Ids::MAX) & !from.stream.entries) {
            steps.maybe(Action::RingWithOldId { job, id }, |state| add(state, id));
        }
    }
}
