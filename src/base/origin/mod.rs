//! The origin of a request, as limits count it: one customer's address, and the network around it.
//!
//! Invariant: an IPv4 address has the same origin when it is mapped to IPv6.
//!
//! A customer is an IPv4 address or an IPv6 /64, which is what providers give one customer; a network is a /24 or a /48
//! (RFC 6177). Limits on connections, requests and stored data all use these. The server takes a client's address from
//! its proxy's headers.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// The network origin of a request. Limits apply per customer and, with higher bounds, per network, so that owning many
/// adjacent addresses gains little.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Origin {
    customer: Block,
    network: Block,
}

/// A range of addresses with a common prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Block {
    first: IpAddr,
    bits: u8,
}

impl Origin {
    /// The origin of an address: an IPv4 address within its /24, or an IPv6 /64, which is what providers give one
    /// customer, within its /48 (RFC 6177).
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let (customer, network) = match address {
            IpAddr::V4(_) => (32, 24),
            IpAddr::V6(_) => (64, 48),
        };
        Self {
            customer: Block::around(address, customer),
            network: Block::around(address, network),
        }
    }

    /// One IPv4 address or IPv6 /64; people behind the same router share it.
    #[must_use]
    pub const fn customer(self) -> Block {
        self.customer
    }

    /// The surrounding IPv4 /24 or IPv6 /48.
    #[must_use]
    pub const fn network(self) -> Block {
        self.network
    }
}

impl Block {
    fn around(address: IpAddr, bits: u8) -> Self {
        let first = match address {
            IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits() & high_bits(32, bits) as u32).into(),
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & high_bits(128, bits)).into(),
        };
        Self { first, bits }
    }
}

/// A mask of the `bits` high bits of a `width`-bit number.
const fn high_bits(width: u8, bits: u8) -> u128 {
    let all = u128::MAX >> (128 - width);
    all & !(all >> bits)
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (String, String) {
        let origin = Origin::of(text.parse().expect("an address"));
        (origin.customer().to_string(), origin.network().to_string())
    }

    #[test]
    fn an_ipv4_address_is_one_customer_in_its_network_of_24_bits() {
        let expected = ("192.0.2.7/32".to_owned(), "192.0.2.0/24".to_owned());
        assert_eq!(of("192.0.2.7"), expected);
        assert_eq!(of("::ffff:192.0.2.7"), expected);
    }

    #[test]
    fn an_ipv6_block_of_64_bits_is_one_customer_in_its_network_of_48_bits() {
        assert_eq!(
            of("2001:db8:1:2:3:4:5:6"),
            ("2001:db8:1:2::/64".to_owned(), "2001:db8:1::/48".to_owned())
        );
    }
}
