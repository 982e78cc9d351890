//! The network that a request comes from, for limits that are not counted by phone number (OTP-10, API-03).
//!
//! The address is that of the connection. If it is one of the operator's proxies, the one header that they
//! are configured to write is read, and its last address that is not a proxy is used: the client can forge
//! everything before.

use crate::config::{Config, ProxyHeader};
use crate::domain::network::Network;
use crate::http::header;
use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use std::net::{IpAddr, SocketAddr};
use std::sync::Once;

/// The network that a request comes from.
pub(crate) fn network(parts: &Parts, config: &Config) -> Network {
    // Without a peer's address the router was called in process.
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let Some(peer) = peer.map(|ip| ip.to_canonical()) else { return Network::this_process() };
    Network::of(client(peer, &written(&parts.headers, config.proxy_header), &config.proxies))
}

/// The addresses that proxies wrote, oldest first; none for one that cannot be read.
fn written(headers: &HeaderMap, by: ProxyHeader) -> Vec<Option<IpAddr>> {
    let parts = header::list(headers, by.name());
    match by {
        ProxyHeader::XForwardedFor => parts.into_iter().map(node).collect(),
        ProxyHeader::Forwarded => parts.into_iter().map(|part| node(forwarded_for(part)?)).collect(),
    }
}

/// The `for` of one element of `Forwarded` (RFC 7239).
fn forwarded_for(element: &[u8]) -> Option<&[u8]> {
    header::split(element, b';').into_iter().find_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (header::trim(&pair[..at]), header::trim(&pair[at + 1..]));
        name.eq_ignore_ascii_case(b"for").then_some(value)
    })
}

/// Parses an address as proxies write it: alone, with its port, in brackets, in quotes, with a zone.
fn node(text: &[u8]) -> Option<IpAddr> {
    let text = header::ascii(text)?;
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let host = match text.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']')?.0,
        // One colon separates the port of an IPv4 address; an IPv6 address has several.
        None => match text.split_once(':') {
            Some((host, port)) if !port.contains(':') => host,
            _ => text,
        },
    };
    let without_zone = host.split_once('%').map_or(host, |(address, _)| address);
    without_zone.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

/// The client's address, given the peer's and what proxies wrote, oldest first.
fn client(peer: IpAddr, written: &[Option<IpAddr>], proxies: &[IpAddr]) -> IpAddr {
    static TOLD: Once = Once::new();
    let mut nearest = peer;
    for before in written.iter().rev() {
        if !proxies.contains(&nearest) {
            break;
        }
        let Some(before) = before else {
            TOLD.call_once(|| {
                tracing::warn!(
                    proxy = %nearest,
                    "a proxy writes of whom it forwards for in a way that cannot be read; \
                     all that come by it share the limits of one network (told once)"
                );
            });
            break;
        };
        nearest = *before;
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::{ProxyHeader, client, node, written};
    use axum::http::{HeaderMap, HeaderValue};
    use std::net::IpAddr;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    /// The client's address behind two of the operator's proxies.
    fn seen(by: ProxyHeader, lines: &[&[u8]]) -> IpAddr {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(by.name(), HeaderValue::from_bytes(line).expect("a value"));
        }
        client(ip("10.0.0.1"), &written(&headers, by), &[ip("10.0.0.1"), ip("10.0.0.2")])
    }

    #[test]
    fn api_03_only_a_proxy_of_ours_is_believed() {
        let by = ProxyHeader::XForwardedFor;
        for (lines, expected) in [
            (&[&b"203.0.113.9"[..]][..], "203.0.113.9"),
            (&[b"1.2.3.4, 203.0.113.9"], "203.0.113.9"),
            (&[b"203.0.113.9, 10.0.0.2"], "203.0.113.9"),
            (&[b"203.0.113.9", b"10.0.0.2"], "203.0.113.9"),
            (&[b"1.2.3.4, unknown"], "10.0.0.1"),
            (&[], "10.0.0.1"),
            (&[b"::ffff:203.0.113.9"], "203.0.113.9"),
        ] {
            assert_eq!(seen(by, lines), ip(expected), "{lines:?}");
        }
        let forwarded = [Some(ip("203.0.113.9"))];
        assert_eq!(client(ip("203.0.113.7"), &forwarded, &[ip("10.0.0.1")]), ip("203.0.113.7"), "no proxy");
        assert_eq!(client(ip("10.0.0.1"), &forwarded, &[]), ip("10.0.0.1"), "no proxy is configured");
    }

    #[test]
    fn b41_v11_what_proxies_really_write_is_read() {
        for (text, expected) in [
            (&b"198.51.3.9:53123"[..], Some("198.51.3.9")),
            (b"[2001:db8::1]:443", Some("2001:db8::1")),
            (b"[2001:db8::1]", Some("2001:db8::1")),
            (b"\"[2001:db8::1]:443\"", Some("2001:db8::1")),
            (b"\"198.51.3.9\"", Some("198.51.3.9")),
            (b"fe80::1%eth0", Some("fe80::1")),
            (b"[fe80::1%25eth0]:80", Some("fe80::1")),
            (b"2001:db8::1", Some("2001:db8::1")),
            (b"_hidden", None),
            (b"198.51.3", None),
            (b"\xff198.51.3.9", None),
        ] {
            assert_eq!(node(text), expected.map(ip), "{text:?}");
        }
        let by = ProxyHeader::XForwardedFor;
        assert_eq!(seen(by, &[b"\xff\xfe, 203.0.113.9:1"]), ip("203.0.113.9"), "one part voids no other");
        assert_eq!(seen(by, &[b"203.0.113.9,"]), ip("203.0.113.9"), "a comma at the end");
        let by = ProxyHeader::Forwarded;
        for line in [
            &b"for=1.2.3.4;by=x, For=\"203.0.113.9:8080\";proto=https"[..],
            b"proto=https;for=203.0.113.9",
            b"for = 203.0.113.9, for=10.0.0.2",
        ] {
            assert_eq!(seen(by, &[line]), ip("203.0.113.9"), "{line:?}");
        }
        assert_eq!(seen(by, &[b"for=\"[2001:db8::1]:443\""]), ip("2001:db8::1"));
        assert_eq!(seen(by, &[b"for=203.0.113.9, proto=https"]), ip("10.0.0.1"), "the nearest tells nothing");
    }
}
