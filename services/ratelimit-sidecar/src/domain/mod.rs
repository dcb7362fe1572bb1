//! Rules, and which of them a descriptor falls under. No I/O.

mod bucket_key;
mod descriptor;
mod local;
mod network;
mod rules;

pub use bucket_key::BucketKey;
pub use descriptor::Descriptor;
pub use local::{Debit, LocalBuckets};
pub use rules::{Limit, OnStoreError, Pattern, Rule, RuleError, Rules};
