//! From which network a request comes, for the limits that are not a number's (OTP-10, API-03).
//!
//! The address is the connection's own. Only if that is one of the operator's proxies counts what
//! the proxy wrote, and there the last address that is no proxy: everything before it is the
//! client's own tale.

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The network a request comes from, as text: `203.0.113.0/24`, `2001:db8:1::/48`. People behind
/// one carrier share it, so the limits per network are generous.
pub(crate) fn block(parts: &Parts, proxies: &[IpAddr]) -> String {
    // Without the peer's address (the router called in process) the caller is ourselves.
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let Some(peer) = peer.map(|ip| ip.to_canonical()) else { return "here".to_owned() };
    let told = parts.headers.get_all("x-forwarded-for").into_iter();
    let told: Vec<&str> =
        told.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(',')).collect();
    of(client(peer, &told, proxies))
}

/// The client's address, given the peer's and what proxies wrote, oldest first.
fn client(peer: IpAddr, told: &[&str], proxies: &[IpAddr]) -> IpAddr {
    let mut nearest = peer;
    for text in told.iter().rev() {
        if !proxies.contains(&nearest) {
            break;
        }
        // What is no address was not written by a proxy of ours; what stands before it neither.
        let Ok(before) = text.trim().parse::<IpAddr>() else { break };
        nearest = before.to_canonical();
    }
    nearest
}

fn of(address: IpAddr) -> String {
    match address {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{client, of};
    use std::net::IpAddr;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn api_03_only_a_proxy_of_ours_is_believed() {
        let proxies = [ip("10.0.0.1"), ip("10.0.0.2")];
        for (peer, told, expected) in [
            ("203.0.113.9", vec!["1.2.3.4"], "203.0.113.9"),
            ("10.0.0.1", vec!["203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", vec!["1.2.3.4", " 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", vec!["203.0.113.9", "10.0.0.2"], "203.0.113.9"),
            ("10.0.0.1", vec!["1.2.3.4", "unknown"], "10.0.0.1"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["::ffff:203.0.113.9"], "203.0.113.9"),
        ] {
            assert_eq!(client(ip(peer), &told, &proxies), ip(expected), "{peer} {told:?}");
        }
        assert_eq!(client(ip("10.0.0.1"), &["203.0.113.9"], &[]), ip("10.0.0.1"), "no proxy is configured");
    }

    #[test]
    fn otp_10_neighbors_share_a_block() {
        assert_eq!(of(ip("203.0.113.9")), of(ip("203.0.113.200")));
        assert_ne!(of(ip("203.0.113.9")), of(ip("203.0.114.9")));
        assert_eq!(of(ip("2001:db8:1:2::3")), "2001:db8:1::/48");
    }
}
