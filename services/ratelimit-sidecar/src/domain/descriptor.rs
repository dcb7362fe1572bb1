use std::fmt;

use sha2::{Digest as _, Sha256};

/// What a request is, as its gateway describes it: `route=…`, `ip=…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// Keys and values, in the gateway's order.
    pub entries: Vec<(String, String)>,
    /// A limit that the gateway sets itself, instead of the rule's.
    pub limit: Option<(u32, std::time::Duration)>,
    /// How many tokens it costs.
    pub cost: u32,
}

/// Names one bucket: a 128-bit hash, so that neither addresses nor identities stand in
/// Redis, and every key is equally short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BucketKey([u8; 16]);

impl BucketKey {
    /// The bucket of what `parts` name together.
    pub fn of(parts: impl IntoIterator<Item: AsRef<str>>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            let part = part.as_ref();
            hash.update(part.len().to_be_bytes());
            hash.update(part.as_bytes());
        }
        let mut key = [0; 16];
        key.iter_mut()
            .zip(hash.finalize())
            .for_each(|(to, from)| *to = from);
        Self(key)
    }
}

impl fmt::Display for BucketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
