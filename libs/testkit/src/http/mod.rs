//! A small HTTP/1.1 client for plain `http://` addresses.

mod client;
mod events;
mod reply;

pub use client::{Client, Request};
pub use events::{Event, Events};
pub use reply::Reply;
