//! The shared buckets in Redis, and who else uses them.

mod breaker;
mod buckets;
mod peers;

pub use buckets::RedisBuckets;
pub use peers::RedisPeers;
