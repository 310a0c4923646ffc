//! A fair queue: known clients first, then those that used the least lately, counted by address and network.
//!
//! Invariant: no client, address or network keeps others out, however often it asks.
//!
//! - A browser known to an account comes first, until the account has used half a second of processor lately.
//! - Others are ordered by what their address used, plus a sixteenth of what its network used. Usage halves every 10 s.
//! - So a newcomer is served before 150 addresses that try again and again.
//! - The queue is bounded for an address, for a network and in all. When a bound is reached, the last in line gives
//!   way.
//!
//! `cpu` uses it for its threads, and `Turns` for a few slots.

mod queue;
mod turns;
mod usage;

use crate::{account::AccountId, origin::Origin};
use std::net::{IpAddr, Ipv4Addr};

pub(crate) use queue::{Admission, Queue, QueueLimits, Ticket};
pub use turns::{Turn, Turns};

/// The client that work is done for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Client {
    origin: Origin,
    /// The account that the browser proved to know, by its session or by the cookie of an earlier sign-in.
    known_as: Option<AccountId>,
}

impl Client {
    /// A client known only by its address.
    #[must_use]
    pub fn stranger(address: IpAddr) -> Self {
        Self {
            origin: Origin::of(address),
            known_as: None,
        }
    }

    /// A client at this address that has signed in to the account, now or earlier. It comes before strangers until the
    /// account has used its share.
    #[must_use]
    pub fn known(address: IpAddr, account: AccountId) -> Self {
        Self {
            origin: Origin::of(address),
            known_as: Some(account),
        }
    }

    /// True if both share an address or an account.
    fn shares_with(&self, other: &Self) -> bool {
        self.origin.customer() == other.origin.customer()
            || (self.known_as.is_some() && self.known_as == other.known_as)
    }

    /// The client for the operator's own commands.
    #[must_use]
    pub fn operator() -> Self {
        Self::stranger(Ipv4Addr::UNSPECIFIED.into())
    }
}
