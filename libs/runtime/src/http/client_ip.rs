use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::settings::TrustedProxies;

/// The address that the client has as far as we can trust it. Never the word of the
/// client itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientIp(pub IpAddr);

/// The longest chain of proxies that is followed.
const LONGEST_CHAIN: usize = 32;

impl ClientIp {
    /// Where no peer is known, as on a Unix socket, it is this machine.
    pub const LOCAL: Self = Self(IpAddr::V4(Ipv4Addr::LOCALHOST));

    /// Follows `X-Forwarded-For` from the right for as long as proxies of ours wrote it.
    /// The peer, where an entry on the way is malformed.
    pub(crate) fn find(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> Self {
        let peer = peer.to_canonical();
        let mut client = peer;
        let mut hops = forwarded(headers).into_iter();
        for _ in 0..LONGEST_CHAIN {
            if !trusted.contain(client) {
                return Self(client);
            }
            match hops.next() {
                Some(Some(hop)) => client = hop,
                Some(None) => return Self(peer),
                None => return Self(client),
            }
        }
        Self(peer)
    }

    /// What limits are counted by: an IPv4 address, or the /64 network of an IPv6 address,
    /// since a single customer has at least that.
    pub fn key(&self) -> String {
        match self.0.to_canonical() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => {
                let network = Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX));
                format!("{network}/64")
            }
        }
    }
}

/// The entries of all `X-Forwarded-For` fields, last first; none for a malformed one.
fn forwarded(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let fields: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
    let entries = fields
        .into_iter()
        .rev()
        .flat_map(|field| match field.to_str() {
            Ok(text) => text.rsplit(',').map(hop).collect(),
            Err(_) => vec![None],
        });
    entries.take(LONGEST_CHAIN).collect()
}

/// An address as proxies write it: bare, in brackets, or with a port.
fn hop(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bare = entry.parse().ok();
    let with_port = || Some(entry.parse::<std::net::SocketAddr>().ok()?.ip());
    let in_brackets = || {
        entry
            .strip_prefix('[')?
            .strip_suffix(']')?
            .parse::<Ipv6Addr>()
            .ok()
    };
    let found = bare.or_else(with_port);
    let found = found.or_else(|| in_brackets().map(IpAddr::V6));
    found.map(|ip: IpAddr| ip.to_canonical())
}

impl<S: Send + Sync> FromRequestParts<S> for ClientIp {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or(Self::LOCAL))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn find(peer: &str, trusted: &str, fields: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for field in fields {
            let value = HeaderValue::from_bytes(field.as_bytes()).unwrap();
            headers.append("x-forwarded-for", value);
        }
        let trusted = TrustedProxies::parse(trusted).unwrap();
        let found = ClientIp::find(peer.parse().unwrap(), &headers, &trusted);
        found.0.to_string()
    }

    #[track_caller]
    fn check(peer: &str, trusted: &str, fields: &[&str], client: &str) {
        assert_eq!(find(peer, trusted, fields), client);
    }

    #[test]
    fn only_our_own_proxies_are_believed() {
        let ours = "10.0.0.0/8, fd00::/8";
        check("198.51.100.7", "", &[], "198.51.100.7");
        check("198.51.100.7", ours, &["203.0.113.9"], "198.51.100.7");
        check("10.0.0.1", "", &["203.0.113.9"], "10.0.0.1");
        check("10.0.0.1", ours, &["203.0.113.9"], "203.0.113.9");
        check("10.0.0.1", ours, &[], "10.0.0.1");
    }

    #[test]
    fn what_the_client_wrote_itself_is_never_reached() {
        let ours = "10.0.0.0/8";
        check("10.0.0.1", ours, &["1.1.1.1, 203.0.113.9"], "203.0.113.9");
        check(
            "10.0.0.1",
            ours,
            &["1.1.1.1", "203.0.113.9, 10.0.0.2"],
            "203.0.113.9",
        );
        check("10.0.0.1", ours, &["nonsense, 203.0.113.9"], "203.0.113.9");
        check("10.0.0.1", ours, &["10.0.0.3,10.0.0.2"], "10.0.0.3");
    }

    #[test]
    fn a_malformed_entry_on_the_way_means_the_peer() {
        let ours = "10.0.0.0/8";
        check("10.0.0.1", ours, &["203.0.113.9, unknown"], "10.0.0.1");
        check("10.0.0.1", ours, &[""], "10.0.0.1");
        check("10.0.0.1", ours, &["203.0.113.9, ,10.0.0.2"], "10.0.0.1");
        check("10.0.0.1", ours, &["203.0.113.9\u{e9}"], "10.0.0.1");
        let long = vec!["10.0.0.2"; LONGEST_CHAIN + 1].join(",");
        check("10.0.0.1", ours, &[&long], "10.0.0.1");
    }

    #[test]
    fn addresses_are_understood_as_proxies_write_them() {
        let ours = "10.0.0.0/8, ::1";
        check(
            "::ffff:10.0.0.1",
            ours,
            &["::ffff:203.0.113.9"],
            "203.0.113.9",
        );
        check("::1", ours, &["[2001:db8::5]:4711"], "2001:db8::5");
        check("::1", ours, &["[2001:db8::5]"], "2001:db8::5");
        check("10.0.0.1", ours, &["203.0.113.9:4711"], "203.0.113.9");
    }

    #[test]
    fn limits_count_an_ipv6_network_as_one() {
        let key = |ip: &str| ClientIp(ip.parse().unwrap()).key();
        assert_eq!(key("203.0.113.9"), "203.0.113.9");
        assert_eq!(key("::ffff:203.0.113.9"), "203.0.113.9");
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(key("2001:db8:1:2:ffff::1"), "2001:db8:1:2::/64");
    }

    #[test]
    fn networks_are_checked() {
        assert!(TrustedProxies::parse("10.0.0.0/8, 127.0.0.1,::1").is_ok());
        let refused = TrustedProxies::parse("10.0.0.0/33").unwrap_err();
        assert!(refused.to_string().contains("10.0.0.0/33"));
    }
}
