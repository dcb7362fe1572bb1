//! What happens to stories, in Redis Streams that live for a quarter of an hour.

mod news;

pub use news::RedisNewsBoard;
