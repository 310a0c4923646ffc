//! Source addresses: Linux lets a client bind to any address of 127.0.0.0/8.
//!
//! The third byte varies, so each address is in its own /24 network. That is the hardest case for a server with limits
//! per address and network: no two clients share a limit.

use std::net::Ipv4Addr;

/// The role of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientRole {
    Flood,
    Buyer,
    /// Signs in for the first time from this address.
    SignIn,
    /// Reads the auction's page and its API.
    Reader,
    /// Checks whether the server is alive.
    HealthProbe,
}

impl ClientRole {
    const fn second_byte(self) -> u8 {
        match self {
            Self::Flood => 10,
            Self::Buyer => 20,
            Self::SignIn => 30,
            Self::Reader => 40,
            Self::HealthProbe => 50,
        }
    }
}

/// The address of client `index`; it wraps around at 256.
#[must_use]
pub fn of(role: ClientRole, index: usize) -> Ipv4Addr {
    let third = u8::try_from(index % 256).unwrap_or(0);
    Ipv4Addr::new(127, role.second_byte(), third, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_clients_share_a_network_of_256_addresses() {
        let roles = [
            ClientRole::Flood,
            ClientRole::Buyer,
            ClientRole::SignIn,
            ClientRole::Reader,
            ClientRole::HealthProbe,
        ];
        let networks: HashSet<[u8; 3]> = roles
            .into_iter()
            .flat_map(|role| (0..150).map(move |index| of(role, index)))
            .map(|address| {
                let [a, b, c, _] = address.octets();
                [a, b, c]
            })
            .collect();
        assert_eq!(networks.len(), 5 * 150);
        assert!(networks.iter().all(|network| network[0] == 127));
    }
}
