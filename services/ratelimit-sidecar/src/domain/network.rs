use std::net::{IpAddr, Ipv6Addr};

/// How long the prefix is that a second bucket may stand for.
const WIDE: u32 = 48;

/// The IPv6 /48 network that an address or a network lies in, given as `2001:db8::1` or
/// `2001:db8::/64`; none for anything else.
pub fn wide_network(value: &str) -> Option<String> {
    let (address, length) = match value.split_once('/') {
        Some((address, length)) => (address, length.parse().ok()?),
        None => (value, Ipv6Addr::BITS),
    };
    let address: Ipv6Addr = address.parse().ok()?;
    let is_v6 = matches!(IpAddr::from(address).to_canonical(), IpAddr::V6(_));
    if !is_v6 || !(WIDE..=Ipv6Addr::BITS).contains(&length) {
        return None;
    }
    let rest = Ipv6Addr::BITS - WIDE;
    let network = Ipv6Addr::from_bits(address.to_bits() >> rest << rest);
    Some(format!("{network}/{WIDE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, expected: Option<&str>) {
        assert_eq!(wide_network(value).as_deref(), expected);
    }

    #[test]
    fn what_lies_in_one_wide_network_is_known() {
        let network = Some("2001:db8:1::/48");
        check("2001:db8:1:2::/64", network);
        check("2001:DB8:1:ffff::/64", network);
        check("2001:db8:1:2:3:4:5:6", network);
        check("2001:db8:1::/48", network);
        check("2001:db8:2::/64", Some("2001:db8:2::/48"));
    }

    #[test]
    fn everything_else_lies_in_none() {
        check("2001:db8::/32", None);
        check("2001:db8::/129", None);
        check("2001:db8::/x", None);
        check("192.0.2.1", None);
        check("::ffff:192.0.2.1", None);
        check("reader@example.org", None);
        check("", None);
    }
}
