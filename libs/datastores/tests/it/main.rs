//! Against a real PostgreSQL and Redis.

#[cfg(test)]
mod bootstrap;
#[cfg(test)]
mod migrate;
#[cfg(test)]
mod redis;
#[cfg(test)]
mod world;
