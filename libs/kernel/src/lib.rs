//! Words every service shares: ids, addresses, fences, time and the kinds of failure.
//!
//! Pure. Knows nothing of HTTP, gRPC, SQL or Redis.
#![warn(missing_docs)]

mod email;
mod failure;
mod fence;
mod ids;
mod time;
mod token_bucket;

pub use email::{EmailAddress, EmailAddressError};
pub use failure::{Coded, ErrorKind};
pub use fence::Fence;
pub use ids::{DeliveryId, Ids, SessionId, StoryId, TimeOrderedIds, UserId};
pub use time::{Clock, SystemClock};
pub use token_bucket::{Taken, TokenBucket};
