//! The protocol of `libs/jobs` as a model small enough to be searched whole: two jobs, two
//! workers, a relay, and whatever goes wrong. `docs/jobs.md` says what is proved, and what is left
//! out. The modules are named as in `libs/jobs`, and each step says which statement or command it
//! stands for.

mod ledger;
mod mishaps;
mod pool;
mod relay;
mod search;
mod state;
mod step;
mod stream;
mod symmetry;

pub use search::{Found, Kind, Report, Step, System, search};
pub use state::{State, Trouble};
pub use step::Action;

/// A rule that is broken on purpose, to see that the search finds what it is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planted {
    /// `and fence = $2` is missing where a claim ends.
    NoFence,
    /// `and fence = $2 and state = 'running'` is missing there.
    NoGuard,
    /// `Stream::alive` takes an entry that `XRANGE` finds for one that somebody will work on.
    RangeIsProof,
    /// Entries are not looked for while their jobs are queued.
    NoSlowPass,
    /// Nobody takes over what a dead worker had read.
    NoTakeOver,
    /// Leases that ran out are not looked for.
    NoReaper,
    /// What a worker reads of a job that runs elsewhere is begun all the same.
    NoClaim,
}

/// The protocol, and how much goes wrong.
#[derive(Debug, Clone, Copy)]
pub struct Jobs {
    pub trouble: Trouble,
    pub planted: Option<Planted>,
}

impl Jobs {
    fn has(self, planted: Planted) -> bool {
        self.planted == Some(planted)
    }
}

impl System for Jobs {
    type State = State;
    type Action = Action;

    fn start(&self) -> State {
        State::start(self.trouble)
    }

    fn canonical(&self, state: &State) -> State {
        state.canonical()
    }

    fn steps(&self, state: &State) -> Vec<Step<Action, State>> {
        let mut steps = step::Steps::from(state);
        self.relay(&mut steps);
        self.pool(&mut steps);
        mishaps::mishaps(&mut steps);
        steps.found
    }

    fn fault(&self, state: &State) -> Option<&'static str> {
        state.fault()
    }

    fn at_rest(&self, state: &State) -> bool {
        state.at_rest()
    }
}
