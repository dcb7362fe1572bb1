//! Faults for relays and workers of `libs/jobs`: real processes, PostgreSQL and Redis, a way
//! between them that can be cut, a nemesis that is told by a seed what to do, and a check of the
//! books afterwards.

pub mod books;
pub mod check;
pub mod keda;
pub mod nemesis;
pub mod player;
pub mod producer;
pub mod proxy;
pub mod run;
pub mod scenario;
pub mod world;
