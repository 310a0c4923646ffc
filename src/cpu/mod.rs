//! A pool of threads for work that takes more than a millisecond of processor: hashing, rendering, compressing.
//! Invariant: such work never takes the processor from the threads that serve bids, and no client takes the pool from others.
//! Ends where somebody waits for a database or for the network: that belongs on the async threads.

mod pool;
mod queue;
mod usage;

use crate::{account::AccountId, origin::Origin};
use std::net::{IpAddr, Ipv4Addr};

pub use pool::CpuPool;

/// For whom work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Client {
    origin: Origin,
    /// The account that a browser has shown to know: by its session, or by the cookie of an earlier sign-in.
    known_as: Option<AccountId>,
}

impl Client {
    /// Somebody at this address, of whom nothing else is known.
    #[must_use]
    pub fn stranger(address: IpAddr) -> Self {
        Self {
            origin: Origin::of(address),
            known_as: None,
        }
    }

    /// Somebody at this address who has signed in to the account, now or earlier: it comes before strangers, until the
    /// account has had its share.
    #[must_use]
    pub fn known(address: IpAddr, account: AccountId) -> Self {
        Self {
            origin: Origin::of(address),
            known_as: Some(account),
        }
    }

    /// The operator's own commands.
    #[must_use]
    pub fn operator() -> Self {
        Self::stranger(Ipv4Addr::UNSPECIFIED.into())
    }
}
