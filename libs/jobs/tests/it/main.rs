//! Relay and pool on a real PostgreSQL and a Redis of their own, with crashes at every point of
//! the crash matrix. Times are a tenth of the real ones, except in `real_times`.

mod bench;
mod crashes;
mod drain;
mod fairness;
mod freeze;
mod handlers;
mod losses;
mod outages;
mod real_times;
mod rules;
mod speed;
