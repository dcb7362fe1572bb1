//! What every public router has in front of it, in one place.

mod accept;
mod body;
mod client_ip;
mod headers;
mod metrics;
mod no_query;
mod observe;
mod serve;
mod settings;
mod stack;
mod timeouts;

pub use accept::{json, negotiate};
pub use client_ip::ClientIp;
pub use no_query::without_query;
pub use settings::{NoNetwork, Settings, TrustedProxies, check_public_url};
pub use timeouts::within;

pub(crate) use metrics::HttpMetrics;
pub(crate) use serve::serve;
pub(crate) use stack::{Stack, wrap};
