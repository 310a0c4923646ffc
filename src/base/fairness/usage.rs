use super::Submitter;
use crate::{account::AccountId, origin::Block};
use std::{collections::HashMap, time::Duration};

/// The half-life of recorded usage.
const HALF_LIFE: Duration = Duration::from_secs(10);
/// How much of a network's usage counts against each of its addresses: enough to rank many fresh addresses of one
/// network behind those of others, and little enough to rank people who share a network with a flood before the flood.
const WEIGHT_OF_NETWORK: f64 = 1.0 / 16.0;
/// An account comes before strangers until its recent usage, in seconds, reaches this: about twenty hashes.
const SHARE_OF_KNOWN_SECS: f64 = 0.5;
/// How many addresses, networks and accounts are remembered, in about 1 MiB; those with the least usage are forgotten
/// first.
const MAX_REMEMBERED: usize = 16_384;
/// When memory is full, usage below this, in seconds, is forgotten first.
const MIN_REMEMBERED_SECS: f64 = 0.000_1;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Block(Block),
    Account(AccountId),
}

/// The recent usage of each address, network and account, in seconds; it decays over time.
#[derive(Debug, Default)]
pub(super) struct Usage {
    used: HashMap<Key, DecayingUsage>,
}

#[derive(Debug, Clone, Copy)]
struct DecayingUsage {
    secs: f64,
    /// When `secs` was computed, measured from the queue's start.
    at: Duration,
}

impl DecayingUsage {
    fn secs_at(self, now: Duration) -> f64 {
        let quiet = now.saturating_sub(self.at);
        self.secs * 0.5_f64.powf(quiet.as_secs_f64() / HALF_LIFE.as_secs_f64())
    }
}

/// A client's rank in the queue; the lowest comes first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rank {
    pub stranger: bool,
    pub secs: f64,
}

impl Usage {
    pub fn rank(&self, client: &Submitter, now: Duration) -> Rank {
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

    /// Adds the client's usage; a negative value takes some back.
    pub fn charge(&mut self, client: &Submitter, secs: f64, now: Duration) {
        let account = client.known_as.map(Key::Account);
        let blocks = [client.origin.customer(), client.origin.network()].map(Key::Block);
        for key in blocks.into_iter().chain(account) {
            let used = self
                .used
                .entry(key)
                .or_insert(DecayingUsage { secs: 0.0, at: now });
            *used = DecayingUsage {
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
        let mut least = MIN_REMEMBERED_SECS;
        while self.used.len() > MAX_REMEMBERED {
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

    fn stranger(text: &str) -> Submitter {
        Submitter::stranger(text.parse().expect("an address"))
    }

    #[test]
    fn usage_decays() {
        let (mut usage, client) = (Usage::default(), stranger("192.0.2.1"));
        usage.charge(&client, 1.0, START);
        let now = usage.rank(&client, START).secs;
        let later = usage.rank(&client, HALF_LIFE).secs;
        assert!((later * 2.0 - now).abs() < 1e-9, "{now} {later}");
    }

    #[test]
    fn a_fresh_address_in_a_busy_network_ranks_between_other_networks_and_busy_addresses() {
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
    fn a_known_account_comes_first_from_any_address_until_it_has_used_its_share() {
        let mut usage = Usage::default();
        let at = |text: &str| Submitter::known(text.parse().expect("an address"), AccountId(1));
        assert!(!usage.rank(&at("192.0.2.1"), START).stranger);
        for last in 0..20 {
            usage.charge(&at(&format!("192.0.{last}.1")), 0.03, START);
        }
        assert!(usage.rank(&at("203.0.113.1"), START).stranger);
        assert!(!usage.rank(&at("203.0.113.1"), HALF_LIFE * 2).stranger);
    }

    #[test]
    fn memory_is_bounded_for_any_number_of_addresses() {
        let mut usage = Usage::default();
        let heavy = stranger("192.0.2.1");
        usage.charge(&heavy, 5.0, START);
        for n in 0..40_000_u128 {
            let address = IpAddr::V6(Ipv6Addr::from_bits(0x2001_0db8 << 96 | n << 64));
            usage.charge(&Submitter::stranger(address), 0.01, START);
            assert!(usage.used.len() <= MAX_REMEMBERED);
        }
        assert!(usage.rank(&heavy, START).secs >= 5.0);
    }
}
