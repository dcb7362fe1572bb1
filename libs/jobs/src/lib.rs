//! Work that outlives a request: a row in the transaction that asks for it, a doorbell in a
//! Redis Stream, and workers that do it once.
//!
//! Postgres is the ledger and the clock; the [`Relay`] rings the doorbell for what is due and
//! repairs what crashes left behind; a [`Pool`] works. Losing Redis loses nothing.
#![warn(missing_docs)]

mod admin;
mod cron;
mod failure;
mod handler;
mod job;
mod kinds;
mod ledger;
mod metrics;
mod patience;
mod pool;
mod probe;
mod queue;
mod relay;
mod settings;
mod stats;
mod stream;
mod verdict;
mod wake;

pub use admin::Admin;
pub use cron::Cron;
pub use failure::{Cause, Failure};
pub use handler::{BatchHandler, Handler, OnDead};
pub use job::Job;
pub use ledger::pause::{pause, resume};
pub use ledger::{
    CancelOutcome, Enqueued, FinishError, Terms, cancel, enqueue, enqueue_on, finish, finish_all,
    guard,
};
pub use pool::Pool;
pub use probe::{Point, Probe};
pub use queue::{Lane, Queue, StreamSpec, UnlistedLane};
pub use relay::Relay;
pub use settings::{Limits, Settings};
pub use stats::{PauseStats, StreamStats};
pub use verdict::full_jitter;
pub use wake::Wake;

#[cfg(test)]
mod tests {
    #[test]
    fn migrations_copy_our_tables() {
        let ours = include_str!("../ddl.sql");
        let story = include_str!("../../../migrations/story/0001_jobs.sql");
        let notification = include_str!("../../../migrations/notification/0001_jobs.sql");
        assert_eq!(story, ours);
        assert_eq!(notification, ours);
        let ours = include_str!("../ddl_upkeep.sql");
        let story = include_str!("../../../migrations/story/0006_jobs_upkeep.sql");
        let notification = include_str!("../../../migrations/notification/0004_jobs_upkeep.sql");
        assert_eq!(story, ours);
        assert_eq!(notification, ours);
    }
}
