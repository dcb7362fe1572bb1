use std::fmt;

use sha2::{Digest as _, Sha256};

use super::network::wide_network;

/// Names one bucket: a 128-bit hash, so that neither addresses nor identities stand in
/// Redis, and every key is equally short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BucketKey {
    tag: u8,
    hash: [u8; 16],
}

impl BucketKey {
    /// The bucket that a rule of a domain keeps for a principal: the values that it tells
    /// clients apart by.
    pub fn of(domain: &str, rule: &str, principal: &[&str]) -> Self {
        let wide = |value: &&str| wide_network(value).unwrap_or_else(|| (*value).to_owned());
        let wide: Vec<_> = principal.iter().map(wide).collect();
        let [tag] = hash([domain].into_iter().chain(wide.iter().map(String::as_str)));
        let parts = [domain, rule].into_iter().chain(principal.iter().copied());
        Self {
            tag,
            hash: hash(parts),
        }
    }

    /// Which part of a Redis Cluster it lies in: all buckets of one domain and principal,
    /// and of what lies in one IPv6 /48 network, have the same tag. There are no more than
    /// 256, so that buckets of many principals can be asked for in one call.
    pub const fn tag(self) -> u8 {
        self.tag
    }
}

/// The first bytes of the hash of all parts.
fn hash<const N: usize>(parts: impl Iterator<Item = impl AsRef<str>>) -> [u8; N] {
    let mut hash = Sha256::new();
    for part in parts {
        let part = part.as_ref();
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut first = [0; N];
    first
        .iter_mut()
        .zip(hash.finalize())
        .for_each(|(to, from)| *to = from);
    first
}

/// The tag in braces, which is what Redis Cluster places a key by, then the hash.
impl fmt::Display for BucketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{:02x}}}:", self.tag)?;
        self.hash
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_key_has_its_tag_in_braces_and_nothing_in_clear() {
        let key = BucketKey::of("test", "login", &["192.0.2.1"]);
        let text = key.to_string();
        assert_eq!(text.len(), 4 + 1 + 32);
        assert!(text.starts_with(&format!("{{{:02x}}}:", key.tag())));
        assert!(!text.contains("192.0.2.1") && !text.contains("login"));
    }

    #[test]
    fn all_buckets_of_a_principal_have_one_tag() {
        let tag = |rule: &str, value: &str| BucketKey::of("test", rule, &[value]).tag();
        assert_eq!(tag("login", "192.0.2.1"), tag("other", "192.0.2.1"));
        assert_eq!(
            tag("login", "2001:db8:1:2::/64"),
            tag("login-48", "2001:db8:1::/48")
        );
        let one = BucketKey::of("test", "login", &["192.0.2.1"]);
        let other = BucketKey::of("test", "other", &["192.0.2.1"]);
        assert_ne!(one, other);
    }

    #[test]
    fn principals_are_spread_over_all_tags() {
        let of = |number: usize| BucketKey::of("test", "login", &[&number.to_string()]).tag();
        let tags: BTreeSet<_> = (0..10_000).map(of).collect();
        assert_eq!(tags.len(), 256);
    }

    #[test]
    fn parts_are_told_apart() {
        let of = |principal: &[&str]| BucketKey::of("test", "login", principal);
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
    }
}
