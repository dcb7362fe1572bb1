//! The shared buckets in Redis, and who else uses them.

mod batches;
mod breaker;
mod buckets;
mod draw;
mod peers;
mod store;

pub use buckets::RedisBuckets;
pub use peers::RedisPeers;

#[cfg(test)]
mod tests;
