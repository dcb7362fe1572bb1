//! The workers' steps: `libs/jobs/src/pool`.

use crate::ledger::Answer;
use crate::state::{Ids, JOBS, Recovery, RowState, SLOTS, State, Task, WORKERS, Worker};
use crate::step::{Action, Steps};
use crate::stream::first;
use crate::{Jobs, Planted};

impl Jobs {
    pub(crate) fn pool(self, steps: &mut Steps) {
        for worker in 0..WORKERS {
            let own = steps.from.workers[worker];
            if !own.alive {
                continue;
            }
            self.main_loop(steps, worker, &own);
            for slot in 0..SLOTS {
                if let Some(task) = own.hand[slot] {
                    self.work(steps, worker, slot, task);
                }
            }
            if own.acks != 0 {
                // `acks::run`
                steps.sure(Action::Ack { worker }, |state| {
                    state.stream.ack(own.acks);
                    state.workers[worker].acks = 0;
                });
            }
            beat(steps, worker, &own);
        }
    }

    /// `Slots::work`: reads, claims, begins; one after the other.
    fn main_loop(self, steps: &mut Steps, worker: usize, own: &Worker) {
        if own.recovery != Recovery::Over {
            recover(steps, worker, own.recovery);
        } else if own.read != [None; JOBS] {
            let locked = |job: usize| own.read[job].is_some() && steps.from.locked(job);
            if (0..JOBS).any(locked) {
                return;
            }
            for suspect in suspects(&steps.from, worker) {
                steps.sure(Action::Claim { worker, suspect }, |state| {
                    let answers = self.answers(state, worker, suspect);
                    begin(state, worker, answers);
                });
                // `Batch::ask` asks again.
                steps.mishap(Action::ClaimReplyLost { worker }, |state| {
                    self.answers(state, worker, suspect);
                });
            }
        } else if own.free() > 0 && own.acks == 0 {
            read(steps, worker, own);
        }
    }

    fn answers(self, state: &mut State, worker: usize, suspect: Option<usize>) -> [Answer; JOBS] {
        let mut answers = state.claim(worker, state.workers[worker].read, suspect);
        if self.has(Planted::NoClaim) {
            for (job, answer) in answers.iter_mut().enumerate() {
                if *answer == Answer::Running {
                    *answer = Answer::Claimed(state.rows[job].fence);
                }
            }
        }
        answers
    }

    /// `work::run` and what becomes of it.
    fn work(self, steps: &mut Steps, worker: usize, slot: usize, task: Task) {
        let Task { job, fence, .. } = task;
        if steps.from.locked(job) && self.holds(&steps.from, job, fence) {
            return;
        }
        let commit = Action::CommitEffect { worker, job, fence };
        steps.sure(commit, |state| {
            self.finish(state, job, fence);
            state.workers[worker].let_go(slot);
        });
        let fails = Action::TryFails { worker, job, fence };
        steps.mishap(fails, |state| {
            self.again(state, job, fence);
            state.workers[worker].let_go(slot);
        });
    }
}

/// `Reader::next`: as much as there is room for.
fn read(steps: &mut Steps, worker: usize, own: &Worker) {
    let stream = steps.from.stream;
    if !stream.group {
        // NOGROUP, or UNBLOCKED.
        steps.sure(Action::MakeGroupAsReader { worker }, |state| {
            state.stream.ensure_group();
            state.workers[worker].recovery = Recovery::ToRequeue;
            state.workers[worker].reconnects = true;
        });
        return;
    }
    if own.reconnects {
        // `Reader::rest`
        let stranded = stream.pending[worker] & !own.in_hand();
        let some = stream.by_job(first(stranded, own.free()));
        steps.sure(Action::ReadOwn { worker }, |state| {
            state.workers[worker].read = some;
            state.workers[worker].reconnects = false;
        });
        return;
    }
    steps.mishap(Action::ConnectionBreaks { worker }, |state| {
        state.workers[worker].reconnects = true;
    });
    if stream.unread != 0 {
        steps.sure(Action::Read { worker }, |state| {
            state.workers[worker].read = state.stream.read(worker, own.free());
        });
        steps.mishap(Action::ReadReplyLost { worker }, |state| {
            state.stream.read(worker, own.free());
            state.workers[worker].reconnects = true;
        });
    }
}

/// Whom of the jobs that have crashed the worker may claim: the one that is its own already, or any
/// one, if it has none in hand.
fn suspects(state: &State, worker: usize) -> Vec<Option<usize>> {
    let own = state.workers[worker];
    if own.hand.iter().flatten().any(|task| task.suspect) {
        return vec![None];
    }
    let mut some: Vec<usize> = (0..JOBS).filter(|job| own.read[*job].is_some()).collect();
    some.retain(|job| {
        let row = state.rows[*job];
        row.suspect && (row.state.is_claimable() || row.state.is_of(worker))
    });
    let is_own = |job: &usize| state.rows[*job].state.is_of(worker);
    if some.iter().any(is_own) {
        some.retain(is_own);
    }
    if some.is_empty() {
        return vec![None];
    }
    some.into_iter().map(Some).collect()
}

/// `Reader::make_group`.
fn recover(steps: &mut Steps, worker: usize, recovery: Recovery) {
    if recovery == Recovery::ToRequeue {
        steps.sure(Action::RequeueAllAsReader { worker }, |state| {
            state.requeue_all();
            state.workers[worker].recovery = Recovery::ToMark;
        });
        steps.mishap(Action::RequeueAllFails { worker }, |state| {
            state.workers[worker].recovery = Recovery::Over;
        });
    } else {
        steps.sure(Action::BeginEpochAsReader { worker }, |state| {
            state.stream.epoch = true;
            state.workers[worker].recovery = Recovery::Over;
        });
    }
}

/// `Batch::claim` and `Slots::begin`.
fn begin(state: &mut State, worker: usize, answers: [Answer; JOBS]) {
    for (job, answer) in answers.into_iter().enumerate() {
        let own = &mut state.workers[worker];
        let Some(entries) = own.read[job].take() else {
            continue;
        };
        match answer {
            Answer::Claimed(fence) if !own.has(job, fence) => own.take(Task {
                job,
                fence,
                entries,
                suspect: state.rows[job].suspect,
            }),
            Answer::Claimed(_) | Answer::Running => {}
            Answer::NotNow => own.acks |= entries,
        }
    }
}

/// `heartbeat::beat`: either half may fail.
fn beat(steps: &mut Steps, worker: usize, own: &Worker) {
    let held: Vec<Task> = own.hand.iter().flatten().copied().collect();
    let is_late = |task: &Task| {
        let row = steps.from.rows[task.job];
        row.fence == task.fence && matches!(row.state, RowState::Running { live: false, .. })
    };
    if held.iter().any(is_late) {
        steps.maybe(Action::BeatInLedger { worker }, |state| {
            for task in &held {
                state.prolong(task.job, task.fence);
            }
        });
    }
    let entries = own.in_hand() & steps.from.stream.all_pending();
    if entries & !steps.from.stream.pending[worker] != 0 {
        steps.maybe(Action::BeatInStream { worker }, |state| {
            state.stream.keep(worker, entries);
        });
    }
}

impl Worker {
    fn free(&self) -> usize {
        self.hand.iter().filter(|slot| slot.is_none()).count()
    }

    fn has(&self, job: usize, fence: u8) -> bool {
        let same = |task: &Task| (task.job, task.fence) == (job, fence);
        self.hand.iter().flatten().any(same)
    }

    pub(crate) fn in_hand(&self) -> Ids {
        let tasks = self.hand.iter().flatten();
        tasks.fold(0, |all, task| all | task.entries)
    }

    pub(crate) fn is_recovering(&self) -> bool {
        self.recovery != Recovery::Over
    }

    /// Entries that it will act upon.
    pub(crate) fn knows(&self) -> Ids {
        let read = self
            .read
            .iter()
            .flatten()
            .fold(self.acks, |all, some| all | some);
        read | self.in_hand()
    }

    fn take(&mut self, task: Task) {
        if let Some(slot) = self.hand.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some(task);
        }
        // Which slot it is makes no difference.
        self.hand.sort_unstable();
    }

    fn let_go(&mut self, slot: usize) {
        if let Some(task) = self.hand[slot].take() {
            self.acks |= task.entries;
        }
        self.hand.sort_unstable();
    }
}
