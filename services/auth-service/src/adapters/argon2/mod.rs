//! Passwords by argon2id, as many at a time as the machine bears.

mod passwords;
mod seats;

pub use passwords::{Argon2Passwords, Cost};
pub use seats::Crowd;
