#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use std::collections::HashSet;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::random_bytes;

/// Below the range from which systems take ports for outgoing connections, so that a
/// server finds its own port again after a restart.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;
const TRIES: usize = 1000;

static GIVEN: LazyLock<Mutex<HashSet<u16>>> = LazyLock::new(Mutex::default);

/// A port on which nothing listens now, never the same one twice in a process.
pub fn free_port() -> u16 {
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let candidates = (0..TRIES).map(|_| FIRST + u16::from_ne_bytes(random_bytes()) % COUNT);
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    candidates
        .filter(|port| given.insert(*port))
        .find(is_free)
        .expect("some port between 20000 and 32000 is free")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_free_and_differ() {
        let ports: HashSet<_> = (0..100).map(|_| free_port()).collect();
        assert_eq!(ports.len(), 100);
    }
}
