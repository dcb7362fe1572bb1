//! Against a real PostgreSQL.

#[cfg(test)]
mod bootstrap;
#[cfg(test)]
mod migrate;
#[cfg(test)]
mod world;
