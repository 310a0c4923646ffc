//! A fair queue: known clients come first, then the others, those with the least recent usage first.
//!
//! Invariant: no client, address or network keeps others out, however many requests it sends.
//!
//! - `cpu` queues work for its threads here, and `Turns` queues clients for a few slots. Usage is the CPU time of the
//!   work, or the time that a slot was held. It halves every 10 s.
//! - A browser that has signed in to an account comes first, until the account's recent usage reaches half a second.
//! - Others are ordered by their address's usage plus a sixteenth of their network's.
//! - So a newcomer is served before 150 addresses that keep retrying.
//! - The queue is bounded per address, per network and in all. When a bound is exceeded, the last in line gives way: it
//!   loses its place and gets `Busy`.

mod queue;
mod turns;
mod usage;

use crate::{account::AccountId, origin::Origin};
use std::net::{IpAddr, Ipv4Addr};

pub(crate) use queue::{Admission, Queue, QueueLimits, Ticket};
pub use turns::{Turn, Turns};

/// The client that work is done for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Submitter {
    origin: Origin,
    /// The account that the browser has signed in to, as its session or the cookie of an earlier sign-in proves.
    known_as: Option<AccountId>,
}

impl Submitter {
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
