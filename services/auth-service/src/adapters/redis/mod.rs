//! Codes in Redis: hashes and counters, which may be lost at any time.

mod codes;

pub use codes::RedisCodes;
