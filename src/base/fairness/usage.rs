use super::Client;
use crate::{account::AccountId, origin::Block};
use std::{collections::HashMap, time::Duration};

/// After how much quiet half of what a client used is forgotten.
const HALF_LIFE: Duration = Duration::from_secs(10);
/// How much of what a network used counts against each of its addresses: enough to put many fresh addresses of one network
/// behind those of others, and little enough that people who share a network with a flood come before the flood.
const WEIGHT_OF_NETWORK: f64 = 1.0 / 16.0;
/// How much an account may have used, in seconds of processor, and still come before strangers: about twenty hashes.
const SHARE_OF_KNOWN_SECS: f64 = 0.5;
/// How many clients are remembered; those that used the least are forgotten first. About 1 MiB.
const MOST_REMEMBERED: usize = 16_384;
/// What is less than this is forgotten, in seconds of processor.
const LEAST_REMEMBERED_SECS: f64 = 0.000_1;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Block(Block),
    Account(AccountId),
}

/// How much processor each client used lately; what it used long ago fades.
#[derive(Debug, Default)]
pub(super) struct Usage {
    used: HashMap<Key, Used>,
}

#[derive(Debug, Clone, Copy)]
struct Used {
    secs: f64,
    /// When that was so, from the pool's start.
    at: Duration,
}

impl Used {
    fn secs_at(self, now: Duration) -> f64 {
        let quiet = now.saturating_sub(self.at);
        self.secs * 0.5_f64.powf(quiet.as_secs_f64() / HALF_LIFE.as_secs_f64())
    }
}

/// Where a client stands in the queue: the lower, the sooner its turn comes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rank {
    pub stranger: bool,
    pub secs: f64,
}

impl Usage {
    pub fn rank(&self, client: &Client, now: Duration) -> Rank {
        let customer = self.secs(Key::Block(client.origin.customer()), now);
        let network = self.secs(Key::Block(client.origin.network()), now);
        let stranger = client
            .known_as
            .is_none_or(|account| self.secs(Key::Account(account), now) >= SHARE_OF_KNOWN_SECS);
        Rank {
            stranger,
            secs: customer + network * WEIGHT_OF_NETWORK,
        }
    }

    /// Adds what the client used; takes some back where it is negative.
    pub fn charge(&mut self, client: &Client, secs: f64, now: Duration) {
        let account = client.known_as.map(Key::Account);
        let blocks = [client.origin.customer(), client.origin.network()].map(Key::Block);
        for key in blocks.into_iter().chain(account) {
            let used = self.used.entry(key).or_insert(Used { secs: 0.0, at: now });
            *used = Used {
                secs: (used.secs_at(now) + secs).max(0.0),
                at: now,
            };
        }
        self.forget(now);
    }

    fn secs(&self, key: Key, now: Duration) -> f64 {
        self.used.get(&key).map_or(0.0, |used| used.secs_at(now))
    }

    fn forget(&mut self, now: Duration) {
        let mut least = LEAST_REMEMBERED_SECS;
        while self.used.len() > MOST_REMEMBERED {
            self.used.retain(|_, used| used.secs_at(now) >= least);
            least *= 2.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv6Addr};

    const START: Duration = Duration::ZERO;

    fn stranger(text: &str) -> Client {
        Client::stranger(text.parse().expect("an address"))
    }

    #[test]
    fn what_was_used_fades() {
        let (mut usage, client) = (Usage::default(), stranger("192.0.2.1"));
        usage.charge(&client, 1.0, START);
        let now = usage.rank(&client, START).secs;
        let later = usage.rank(&client, HALF_LIFE).secs;
        assert!((later * 2.0 - now).abs() < 1e-9, "{now} {later}");
    }

    #[test]
    fn a_fresh_address_of_a_busy_network_comes_after_one_of_another_and_before_the_busy_ones() {
        let mut usage = Usage::default();
        for last in 1..=100 {
            usage.charge(&stranger(&format!("192.0.2.{last}")), 0.1, START);
        }
        let secs = |text| usage.rank(&stranger(text), START).secs;
        let (elsewhere, fresh, busy) =
            (secs("203.0.113.1"), secs("192.0.2.200"), secs("192.0.2.7"));
        assert!(
            elsewhere < fresh && fresh < busy,
            "{elsewhere} {fresh} {busy}"
        );
    }

    #[test]
    fn a_known_account_comes_first_until_it_had_its_share_wherever_it_comes_from() {
        let mut usage = Usage::default();
        let at = |text: &str| Client::known(text.parse().expect("an address"), AccountId(1));
        assert!(!usage.rank(&at("192.0.2.1"), START).stranger);
        for last in 0..20 {
            usage.charge(&at(&format!("192.0.{last}.1")), 0.03, START);
        }
        assert!(usage.rank(&at("203.0.113.1"), START).stranger);
        assert!(!usage.rank(&at("203.0.113.1"), HALF_LIFE * 2).stranger);
    }

    #[test]
    fn memory_is_bounded_however_many_addresses_come() {
        let mut usage = Usage::default();
        let heavy = stranger("192.0.2.1");
        usage.charge(&heavy, 5.0, START);
        for n in 0..40_000_u128 {
            let address = IpAddr::V6(Ipv6Addr::from_bits(0x2001_0db8 << 96 | n << 64));
            usage.charge(&Client::stranger(address), 0.01, START);
            assert!(usage.used.len() <= MOST_REMEMBERED);
        }
        assert!(usage.rank(&heavy, START).secs >= 5.0);
    }
}
