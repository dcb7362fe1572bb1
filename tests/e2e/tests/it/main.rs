//! The whole system through its front door and its inbox, as clients see it.
//!
//! `cargo xtask test` starts a platform for these tests; while `cargo xtask up` runs,
//! `cargo test -p e2e` uses that one.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may fail loudly"
)]

mod accounts;
mod bad_input;
mod crashes;
mod events;
mod logs;
mod platform;
mod reader;
mod stories;
