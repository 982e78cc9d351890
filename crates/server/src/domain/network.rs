//! Networks: what the limits that do not belong to a phone number are counted by (OTP-10, API-03).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The network a request comes from: `203.0.113.0/24`, `2001:db8:1:200::/56`. Customers of one carrier
/// share it, so the limits per network are generous.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Network(String);

impl Network {
    /// The network of an address: the block that one customer is given.
    pub(crate) fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(ip) => {
                let [a, b, c, _] = ip.octets();
                Self(format!("{a}.{b}.{c}.0/24"))
            }
            IpAddr::V6(ip) => match embedded(ip) {
                Some(ip) => Self::of(IpAddr::V4(ip)),
                None => {
                    let [a, b, c, d, ..] = ip.segments();
                    Self(format!("{}/56", Ipv6Addr::new(a, b, c, d & 0xff00, 0, 0, 0, 0)))
                }
            },
        }
    }

    /// A request made inside this process.
    pub(crate) fn this_process() -> Self {
        Self("here".to_owned())
    }

    /// As the database writes it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The site of the network: of IPv6 a customer may hold a /48, which is 256 networks.
    pub(crate) fn site(&self) -> String {
        let Some(Ok(ip)) = self.0.strip_suffix("/56").map(str::parse::<Ipv6Addr>) else {
            return self.0.clone();
        };
        let [a, b, c, ..] = ip.segments();
        format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The IPv4 address embedded in an IPv6 one. Its holder has 65,536 IPv6 networks with it (6to4), or as
/// many addresses as there are ports (Teredo, RFC 4380; NAT64).
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match ip.segments() {
        [0x2002, high, low, ..] => Some(join(high, low)),
        [0x2001, 0, _, _, _, _, high, low] => Some(join(!high, !low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(join(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    fn network(text: &str) -> Network {
        Network::of(text.parse().expect("an address"))
    }

    #[test]
    fn otp_10_v7_neighbors_share_a_network() {
        for (one, same) in [
            ("203.0.113.9", "203.0.113.200"),
            ("2001:db8:1:200::3", "2001:db8:1:2ff::4"),
            // 6to4, Teredo and NAT64 by the address they embed.
            ("2002:cb00:7109:1::1", "203.0.113.9"),
            ("2001:0:1:2:3:4:34ff:8ef6", "203.0.113.9"),
            ("64:ff9b::cb00:7109", "203.0.113.9"),
        ] {
            assert_eq!(network(one), network(same), "{one}");
        }
        assert_eq!(network("2001:db8:1:2ff::3").as_str(), "2001:db8:1:200::/56");
        for (one, other) in [("203.0.113.9", "203.0.114.9"), ("2001:db8:1:200::3", "2001:db8:1:300::3")] {
            assert_ne!(network(one), network(other));
        }
        assert_eq!(network("2001:db8:1:200::3").site(), network("2001:db8:1:300::3").site());
        assert_eq!(network("203.0.113.9").site(), "203.0.113.0/24");
    }
}
