//! Which addresses a webhook may lead to. Whoever names an address must not reach the operator's own systems through this
//! server.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// Networks that the operator allows although they are not public, for receivers of their own. None by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// True if a webhook may lead to this address. If `is_internal`, only these networks are allowed; otherwise, public
    /// addresses are, too.
    #[must_use]
    pub fn allow(&self, address: IpAddr, is_internal: bool) -> bool {
        self.contain(address) || (!is_internal && is_public(address))
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for Networks {
    type Err = String;

    /// Reads networks such as `10.1.0.0/16, fd00::/8`, separated by commas.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = text.split(',').map(str::trim).filter(|one| !one.is_empty());
        let networks = named.map(|one| {
            one.parse()
                .map_err(|_| format!("{one:?} is not a network such as 10.1.0.0/16"))
        });
        Ok(Self(networks.collect::<Result<_, _>>()?))
    }
}

/// IPv4 networks that are not public (IANA IPv4 Special-Purpose Address Registry), and multicast.
const NOT_PUBLIC_4: [Ipv4Net; 15] = [
    net4([0, 0, 0, 0], 8),
    net4([10, 0, 0, 0], 8),
    net4([100, 64, 0, 0], 10),
    net4([127, 0, 0, 0], 8),
    net4([169, 254, 0, 0], 16),
    net4([172, 16, 0, 0], 12),
    net4([192, 0, 0, 0], 24),
    net4([192, 0, 2, 0], 24),
    net4([192, 88, 99, 0], 24),
    net4([192, 168, 0, 0], 16),
    net4([198, 18, 0, 0], 15),
    net4([198, 51, 100, 0], 24),
    net4([203, 0, 113, 0], 24),
    net4([224, 0, 0, 0], 4),
    net4([240, 0, 0, 0], 4),
];

/// Global unicast addresses; all others are local, multicast, or of no use.
const UNICAST_6: Ipv6Net = net6([0x2000, 0, 0, 0], 3);
/// Parts of it that are not public (IANA IPv6 Special-Purpose Address Registry): protocol assignments, documentation.
const NOT_PUBLIC_6: [Ipv6Net; 3] = [
    net6([0x2001, 0, 0, 0], 23),
    net6([0x2001, 0x0db8, 0, 0], 32),
    net6([0x3fff, 0, 0, 0], 20),
];
/// IPv4 by NAT64 (RFC 6052), in the last 32 bits.
const NAT64: Ipv6Net = net6([0x0064, 0xff9b, 0, 0], 96);
/// IPv4 by 6to4 (RFC 3056), after the prefix.
const SIX_TO_FOUR: Ipv6Net = net6([0x2002, 0, 0, 0], 16);
/// IPv4 by Teredo (RFC 4380): the server after the prefix, the client with all bits inverted in the last 32 bits.
const TEREDO: Ipv6Net = net6([0x2001, 0, 0, 0], 32);

const fn net4(octets: [u8; 4], bits: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn net6(first: [u16; 4], bits: u8) -> Ipv6Net {
    let [a, b, c, d] = first;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), bits)
}

/// True if the address is on the public internet. One that stands for an IPv4 address is as public as that.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !NOT_PUBLIC_4
            .iter()
            .any(|network| network.contains(&address)),
        IpAddr::V6(address) => is_public_6(address),
    }
}

fn is_public_6(address: Ipv6Addr) -> bool {
    let [_, b, c, d, .., g, h] = address.segments();
    let public = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public(Ipv4Addr::new(a, b, c, d).into())
    };
    if NAT64.contains(&address) {
        public(g, h)
    } else if SIX_TO_FOUR.contains(&address) {
        public(b, c)
    } else if TEREDO.contains(&address) {
        public(c, d) && public(!g, !h)
    } else {
        UNICAST_6.contains(&address)
            && !NOT_PUBLIC_6
                .iter()
                .any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REFUSED: &[&str] = &[
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:0:a00:1::f7f7:f7f7",
        "2001:0:808:808::f5ff:fffe",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:a00:1::1",
        "2002:7f00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ];
    const PUBLIC: &[&str] = &[
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2001:0:808:808::f7f7:f7f7",
        "2001:200::1",
        "2002:808:808::1",
        "2606:4700:4700::1111",
        "2a00:1450:4001:800::200e",
    ];

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn only_public_addresses_are_public() {
        for address in REFUSED {
            assert!(!is_public(ip(address)), "{address}");
        }
        for address in PUBLIC {
            assert!(is_public(ip(address)), "{address}");
        }
    }

    #[test]
    fn the_operators_networks_are_read_from_a_list() {
        let networks: Networks = "127.0.0.0/8, fd00::/8,10.1.0.0/16"
            .parse()
            .expect("networks");
        for inside in ["127.0.0.1", "::ffff:127.0.0.1", "fd00::5", "10.1.255.1"] {
            assert!(networks.contain(ip(inside)), "{inside}");
        }
        for outside in ["10.2.0.1", "::1", "8.8.8.8"] {
            assert!(!networks.contain(ip(outside)), "{outside}");
        }
        assert!("".parse::<Networks>().is_ok_and(|none| none.is_empty()));
        assert!("10.0.0.1/33".parse::<Networks>().is_err());
        assert!("example.org".parse::<Networks>().is_err());
    }

    proptest! {
        #[test]
        fn an_address_that_stands_for_another_is_as_public_as_that(bits in any::<u32>()) {
            let [a, b, c, d] = bits.to_be_bytes();
            let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            let four = Ipv4Addr::from(bits);
            let public = is_public(four.into());
            let same = [
                four.to_ipv6_mapped(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                Ipv6Addr::new(0x2001, 0, 0x0808, 0x0808, 0, 0, !high, !low),
                Ipv6Addr::new(0x2001, 0, high, low, 0, 0, 0xf7f7, 0xf7f7),
            ];
            for address in same {
                prop_assert_eq!(is_public(address.into()), public, "{}", address);
            }
        }
    }
}
