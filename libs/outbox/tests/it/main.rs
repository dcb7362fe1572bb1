//! The relay of the outbox on a real PostgreSQL.

#[cfg(test)]
mod bench;
#[cfg(test)]
mod delivery;
