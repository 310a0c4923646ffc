//! Rate limits of the API, and of pages that poll, in this process.
//!
//! - An account, or an address without a token, may send `--api-rate-limit` requests per minute.
//! - Tokens do not multiply an address's quota: all accounts at one address together may send ten times as many.
//! - At most 8 lists are read at a time, so that they do not delay bids. A list waits at most 2 s for its turn.

use crate::http::rate_limit::{CUSTOMERS_PER_NETWORK, RateLimit};
use guildhall::{
    Error,
    account::AccountId,
    origin::{Block, Origin},
};
use std::{net::IpAddr, num::NonZeroU32, time::Duration};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// The key that requests are counted under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Requester {
    Account(AccountId),
    /// One customer's address: an IPv4 address or an IPv6 /64.
    Address(Block),
}

impl Requester {
    pub fn at(address: IpAddr) -> Self {
        Self::Address(Origin::of(address).customer())
    }
}

/// The number of list queries that may run at the same time.
const LISTS: usize = 8;
/// How long a list query waits for its turn.
const LIST_TIMEOUT: Duration = Duration::from_secs(2);
/// The number of accounts that may use their full quota from one address.
pub(crate) const ACCOUNTS_PER_ADDRESS: u32 = 10;

/// The quotas of requests per minute, counted with the generic cell rate algorithm.
pub(crate) struct RequestLimits {
    limiter: Option<RateLimit<Requester>>,
    /// Per address, for all of its accounts together, so that more tokens do not multiply an address's quota.
    addresses: Option<RateLimit<Requester>>,
    /// Per network, for all of its requests without a token together, so that a large network does not get a quota for
    /// every address.
    networks: Option<RateLimit<Block>>,
    /// Token look-ups per address, valid or not; many accounts may share an address.
    look_ups: Option<RateLimit<Requester>>,
    /// List queries may take long; this keeps them from taking all connections.
    lists: Semaphore,
    quota: u32,
}

impl RequestLimits {
    /// Allows this many requests per minute; 0 means no limit.
    pub(crate) fn new(per_minute: u32) -> Self {
        let limiter = NonZeroU32::new(per_minute).map(RateLimit::per_minute);
        let of_address = NonZeroU32::new(per_minute.saturating_mul(ACCOUNTS_PER_ADDRESS));
        let addresses = of_address.map(RateLimit::per_minute);
        // A token is cached after its first look-up, so honest programs need few.
        let look_ups = NonZeroU32::new(per_minute).map(RateLimit::per_minute);
        Self {
            limiter,
            addresses,
            networks: NonZeroU32::new(per_minute.saturating_mul(CUSTOMERS_PER_NETWORK))
                .map(RateLimit::per_minute),
            look_ups,
            lists: Semaphore::new(LISTS),
            quota: per_minute,
        }
    }

    /// The quota per minute of an account, or of an address without a token; 0 means no limit.
    pub const fn per_minute(&self) -> u32 {
        self.quota
    }

    /// Consumes one request of this requester's quota; returns how many are left, or `None` without a limit.
    ///
    /// # Errors
    /// The time in whole seconds until the next is allowed.
    pub fn take(&self, requester: Requester, address: IpAddr) -> Result<Option<u32>, Duration> {
        match requester {
            Requester::Account(_) => self
                .spend_of_accounts(address)
                .and_then(|()| self.spend(requester)),
            // A request refused by the address's own quota does not count against the network's.
            Requester::Address(_) => self.spend(requester).and_then(|left| {
                self.spend_of_network(address)?;
                Ok(left)
            }),
        }
    }

    /// Consumes one request of this requester's quota, for a page that polls.
    ///
    /// # Errors
    /// `TooManyTries`.
    pub(crate) fn take_for_page(&self, requester: Requester) -> Result<(), Error> {
        let spent = self.spend(requester);
        spent.map_err(|retry_after| Error::TooManyTries { retry_after })?;
        Ok(())
    }

    /// Consumes one request; returns how many more may follow at once, or the time in whole seconds until the next is
    /// allowed.
    fn spend(&self, requester: Requester) -> Result<Option<u32>, Duration> {
        self.limiter
            .as_ref()
            .map(|limiter| limiter.take(&requester))
            .transpose()
    }

    /// Consumes one request from the quota of all accounts at this address.
    fn spend_of_accounts(&self, address: IpAddr) -> Result<(), Duration> {
        let left = self.addresses.as_ref();
        let left = left.map(|limit| limit.take(&Requester::at(address)));
        left.transpose().map(drop)
    }

    /// Consumes one request from the quota of requests without a token from this network.
    fn spend_of_network(&self, address: IpAddr) -> Result<(), Duration> {
        let left = self.networks.as_ref();
        let left = left.map(|limit| limit.take(&Origin::of(address).network()));
        left.transpose().map(drop)
    }

    /// A slot for a list query, to be held while the query runs.
    pub(crate) async fn list_place(&self) -> Result<SemaphorePermit<'_>, Error> {
        match timeout(LIST_TIMEOUT, self.lists.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(Error::Busy {
                retry_after: Duration::from_secs(1),
            }),
        }
    }

    /// Consumes one token look-up from the quota of this address.
    ///
    /// # Errors
    /// The time until the next is allowed.
    pub fn count_look_up(&self, address: IpAddr) -> Result<(), Duration> {
        let look_ups = self.look_ups.as_ref();
        let left = look_ups.map(|limit| limit.take(&Requester::at(address)));
        left.transpose().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

    #[test]
    fn tokens_do_not_multiply_the_quota_of_an_address() {
        let limits = RequestLimits::new(2);
        let most = 2 * ACCOUNTS_PER_ADDRESS;
        let taken = (0..i64::from(most) * 2).filter(|account| {
            let requester = Requester::Account(AccountId(*account));
            limits.take(requester, HERE).is_ok()
        });
        assert_eq!(u32::try_from(taken.count()), Ok(most));
        let elsewhere = Ipv4Addr::new(192, 0, 2, 8).into();
        assert!(
            limits
                .take(Requester::Account(AccountId(1)), elsewhere)
                .is_ok()
        );
    }

    #[test]
    fn an_ipv6_64_counts_as_one_address() {
        let at = |text: &str| Requester::at(text.parse().expect("an address"));
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff:1"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
    }
}
