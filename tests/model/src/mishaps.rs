//! Time, and what goes wrong.

use crate::state::{Care, JOBS, Publication, RowState, State, WORKERS, Worker};
use crate::step::{Action, Steps};

/// Whatever time and chance bring.
pub fn mishaps(steps: &mut Steps) {
    for job in 0..JOBS {
        time(steps, job);
        break_off(steps, job);
    }
    crashes(steps);
    if let Some(rest) = steps.from.trouble.flushes.checked_sub(1) {
        steps.maybe(Action::RedisLosesEverything, |state| {
            state.trouble.flushes = rest;
            state.stream.flush(state.trouble.clock_back);
        });
    }
}

/// A lease ends in peace only if nobody is there to prolong it.
fn time(steps: &mut Steps, job: usize) {
    let end = |state: &mut State| {
        if let RowState::Running { live, .. } = &mut state.rows[job].state {
            *live = false;
        }
    };
    let row = steps.from.rows[job];
    let prolongs = |worker: &Worker| {
        let mut held = worker.hand.iter().flatten();
        held.any(|task| (task.job, task.fence) == (job, row.fence))
    };
    match row.state {
        RowState::Running { live: true, .. } if steps.from.workers.iter().any(prolongs) => {
            steps.mishap(Action::Freeze { job }, end);
        }
        RowState::Running { live: true, .. } => steps.sure(Action::LeaseEnds { job }, end),
        RowState::Ready { due: false } => steps.sure(Action::WaitEnds { job }, |state| {
            state.rows[job].state = RowState::Ready { due: true };
        }),
        _ => {}
    }
}

/// Redis does not answer in time, or Postgres ends the relay's transaction. What was sent to
/// Redis may come to pass later.
fn break_off(steps: &mut Steps, job: usize) {
    match steps.from.publications[job] {
        Publication::None => {}
        Publication::Picked => {
            let action = Action::PublicationOvertaken { job };
            steps.mishap(action, |state| {
                state.publications[job] = Publication::None;
                state.late[job] = true;
            });
        }
        Publication::Rung(_) => {
            steps.mishap(Action::PublicationBrokenOff { job }, |state| {
                state.publications[job] = Publication::None;
            });
        }
    }
}

/// `kill -9`. A worker does not come back: another would have another name. A relay does.
fn crashes(steps: &mut Steps) {
    let Some(rest) = steps.from.trouble.crashes.checked_sub(1) else {
        return;
    };
    for worker in 0..WORKERS {
        if steps.from.workers[worker].alive {
            steps.maybe(Action::WorkerDies { worker }, |state| {
                state.trouble.crashes = rest;
                state.workers[worker] = Worker {
                    alive: false,
                    ..State::start(state.trouble).workers[worker]
                };
            });
        }
    }
    steps.maybe(Action::RelayDies, |state| {
        state.trouble.crashes = rest;
        state.publications = [Publication::None; JOBS];
        state.care = Care::Rest;
    });
}
