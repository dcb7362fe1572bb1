//! Rules, and which of them a descriptor falls under. No I/O.

mod descriptor;
mod local;
mod rules;

pub use descriptor::{BucketKey, Descriptor};
pub use local::{Debit, LocalBuckets};
pub use rules::{Limit, OnStoreError, Pattern, Rule, RuleError, Rules};
