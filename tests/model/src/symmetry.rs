//! States that differ by names alone are one: which job is called first, which worker, and what
//! number an entry has.

use crate::state::{Care, Id, Ids, JOBS, Publication, RELAY, RowState, State, bit};
use crate::stream::ids;

impl State {
    /// The one that stands for all that differ from it by names.
    pub(crate) fn canonical(&self) -> Self {
        let jobs = self.with_jobs_swapped();
        let all = [
            *self,
            jobs,
            self.with_workers_swapped(),
            jobs.with_workers_swapped(),
        ];
        let [first, rest @ ..] = all.map(Self::renumbered);
        rest.into_iter().fold(first, State::min)
    }

    fn with_workers_swapped(mut self) -> Self {
        self.workers.swap(0, 1);
        self.stream.pending.swap(0, 1);
        for row in &mut self.rows {
            if let RowState::Running { worker, .. } = &mut row.state {
                *worker = 1 - *worker;
            }
        }
        self
    }

    fn with_jobs_swapped(mut self) -> Self {
        self.rows.swap(0, 1);
        self.publications.swap(0, 1);
        self.late.swap(0, 1);
        self.stream.second = self.stream.entries & !self.stream.second;
        for worker in &mut self.workers {
            worker.read.swap(0, 1);
            for task in worker.hand.iter_mut().flatten() {
                task.job = 1 - task.job;
            }
            worker.hand.sort_unstable();
        }
        match &mut self.care {
            Care::Took(_, job) | Care::Gone(job, _) => *job = 1 - *job,
            Care::Rest | Care::Recovery(_) | Care::Over(_) => {}
        }
        self
    }

    /// Numbers the entries that matter, and forgets the others. The order matters of those alone
    /// that are not read yet.
    fn renumbered(mut self) -> Self {
        for (worker, own) in self.workers.iter().enumerate() {
            if !own.alive {
                let left = std::mem::take(&mut self.stream.pending[worker]);
                self.stream.pending[RELAY] |= left;
            }
        }
        let pending = self.stream.all_pending();
        // What is not pending can only be acknowledged in vain, unless its id is given again.
        let known = if self.stream.repeats {
            Ids::MAX
        } else {
            pending
        };
        let matter = self.referred(known) | self.stream.unread | pending;
        let mut order: [(u32, Id); 16] = [(0, 0); 16];
        let mut next = 0;
        for id in ids(matter) {
            order[usize::from(next)] = (self.signature(id), id);
            next += 1;
        }
        let order = &mut order[..usize::from(next)];
        order.sort_unstable();
        let mut numbers: [Id; 16] = [0; 16];
        for (number, (_, id)) in (0..).zip(order.iter()) {
            numbers[usize::from(*id)] = number;
        }
        let one = |id: Id| numbers[usize::from(id)];
        let all = |set: Ids| ids(set & matter).fold(0, |all, id| all | bit(one(id)));
        let mut state = self;
        let stream = &mut state.stream;
        stream.next = next;
        stream.entries = all(stream.entries);
        stream.unread = all(stream.unread);
        stream.second = all(stream.second) & stream.entries;
        stream.pending = stream.pending.map(all);
        for job in 0..JOBS {
            if let RowState::Queued { entry } = &mut state.rows[job].state {
                *entry = one(*entry);
            }
            if let Publication::Rung(entry) = &mut state.publications[job] {
                *entry = one(*entry);
            }
        }
        for worker in &mut state.workers {
            worker.read = worker.read.map(|some| some.map(all));
            worker.acks = all(worker.acks);
            for task in worker.hand.iter_mut().flatten() {
                task.entries = all(task.entries);
            }
        }
        match &mut state.care {
            Care::Took(entry, _) | Care::Over(entry) | Care::Gone(_, entry) => *entry = one(*entry),
            Care::Rest | Care::Recovery(_) => {}
        }
        state
    }

    /// Where the entry is and who knows it. Entries of which this is equal differ by their names,
    /// or wait to be read.
    fn signature(&self, id: Id) -> u32 {
        let is_in = |set: Ids| set & bit(id) != 0;
        if is_in(self.stream.unread) {
            return u32::MAX;
        }
        let mut signature = 0;
        let mut say = |yes: bool| signature = signature << 1 | u32::from(yes);
        say(is_in(self.stream.entries));
        say(is_in(self.stream.second));
        say(self
            .rows
            .iter()
            .any(|row| row.state == RowState::Queued { entry: id }));
        say(self.publications.contains(&Publication::Rung(id)));
        say(self.care.entry() == Some(id));
        say(is_in(self.stream.pending[RELAY]));
        for (worker, own) in self.workers.iter().enumerate() {
            say(is_in(self.stream.pending[worker]));
            say(own.read.iter().flatten().any(|read| is_in(*read)));
            say(is_in(own.acks));
            say(own.hand[0].is_some_and(|task| is_in(task.entries)));
            say(own.hand[1].is_some_and(|task| is_in(task.entries)));
        }
        signature
    }

    /// Entries that a row or a process knows of.
    pub(crate) fn referred(&self, of: Ids) -> Ids {
        let mut known = 0;
        for job in 0..JOBS {
            if let RowState::Queued { entry } = self.rows[job].state {
                known |= bit(entry);
            }
            if let Publication::Rung(entry) = self.publications[job] {
                known |= bit(entry);
            }
        }
        for worker in &self.workers {
            known |= worker.knows() & of;
        }
        known | self.care.entry().map_or(0, bit)
    }
}

impl Care {
    const fn entry(self) -> Option<Id> {
        match self {
            Self::Took(entry, _) | Self::Over(entry) | Self::Gone(_, entry) => Some(entry),
            Self::Rest | Self::Recovery(_) => None,
        }
    }
}
