//! Rate limits of the API, in this process.
//!
//! - An account, or an address without a token, has `--api-rate-limit` requests a minute.
//! - Tokens do not multiply an address's quota: all accounts at one address together have ten times as many.
//! - At most 8 lists are read at a time, so that none of them keeps a bid waiting. A list waits 2 s for its turn.

use super::problem::{Kind, Problem};
use crate::http::rate_limit::{CUSTOMERS_PER_NETWORK, RateLimit};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
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
pub(crate) enum Who {
    Account(AccountId),
    /// One customer: an IPv4 address or an IPv6 /64.
    Address(Block),
}

impl Who {
    pub fn at(address: IpAddr) -> Self {
        Self::Address(Origin::of(address).customer())
    }
}

/// How many list queries run at the same time.
const LISTS: usize = 8;
/// How long a list waits for its turn.
const LIST_PATIENCE: Duration = Duration::from_secs(2);
const WINDOW_SECS: u32 = 60;
/// How many accounts with a full quota one address may act for.
const ACCOUNTS_AN_ADDRESS: u32 = 10;

/// The quota of requests a minute, by the generic cell rate algorithm.
pub(crate) struct Limits {
    limiter: Option<RateLimit<Who>>,
    /// For all accounts at one address together, so that tokens do not multiply its quota.
    addresses: Option<RateLimit<Who>>,
    /// For all addresses of a network without a token together, so that a large network does not get a quota per
    /// address.
    networks: Option<RateLimit<Block>>,
    /// Token look-ups per address, valid or not; many accounts may share one.
    look_ups: Option<RateLimit<Who>>,
    /// Lists may take long; this keeps them from taking all connections from bids.
    lists: Semaphore,
    quota: u32,
}

impl Limits {
    /// Allows this many requests a minute; 0 means no limit.
    pub(crate) fn new(per_minute: u32) -> Self {
        let limiter = NonZeroU32::new(per_minute).map(RateLimit::per_minute);
        let of_address = NonZeroU32::new(per_minute.saturating_mul(ACCOUNTS_AN_ADDRESS));
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

    /// Consumes one request of this caller's quota and returns the headers that report what is left
    /// (draft-ietf-httpapi-ratelimit-headers).
    pub(super) fn take(&self, who: Who, address: IpAddr) -> Result<HeaderMap, Problem> {
        let spent = match who {
            Who::Account(_) => self
                .spend_of_accounts(address)
                .and_then(|()| self.spend(who)),
            // A request refused by the address's own quota does not count against the network's.
            Who::Address(_) => self.spend(who).and_then(|left| {
                self.spend_of_network(address)?;
                Ok(left)
            }),
        };
        match spent {
            Ok(None) => Ok(HeaderMap::new()),
            Ok(Some(left)) => Ok(self.headers(left)),
            Err(wait) => {
                let seconds = wait.as_secs();
                let mut problem = Problem::new(Kind::TooManyRequests).saying(format!(
                    "Too many requests: an account, or an address without a token, gets {} a minute, and all accounts at an address together {ACCOUNTS_AN_ADDRESS} times as many. Wait {seconds} s.",
                    self.quota
                ));
                for (name, value) in &self.headers(0) {
                    problem = problem.with(name.clone(), value.clone());
                }
                Err(problem.with(header::RETRY_AFTER, HeaderValue::from(seconds)))
            }
        }
    }

    /// The same for a page that polls.
    ///
    /// # Errors
    /// `TooManyTries`.
    pub(crate) fn take_for_page(&self, who: Who) -> Result<(), Error> {
        let spent = self.spend(who);
        spent.map_err(|retry_after| Error::TooManyTries { retry_after })?;
        Ok(())
    }

    /// Consumes one request; returns how many remain as a burst, or the time in whole seconds until the next is
    /// allowed.
    fn spend(&self, who: Who) -> Result<Option<u32>, Duration> {
        self.limiter
            .as_ref()
            .map(|limiter| limiter.take(&who))
            .transpose()
    }

    /// Consumes one request from the quota of all accounts at this address.
    fn spend_of_accounts(&self, address: IpAddr) -> Result<(), Duration> {
        let left = self.addresses.as_ref();
        let left = left.map(|limit| limit.take(&Who::at(address)));
        left.transpose().map(drop)
    }

    /// Consumes one request from the quota of this network without a token.
    fn spend_of_network(&self, address: IpAddr) -> Result<(), Duration> {
        let left = self.networks.as_ref();
        let left = left.map(|limit| limit.take(&Origin::of(address).network()));
        left.transpose().map(drop)
    }

    /// A slot for a list query, to be held while the query runs.
    pub(crate) async fn list_place(&self) -> Result<SemaphorePermit<'_>, Error> {
        match timeout(LIST_PATIENCE, self.lists.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(Error::Busy {
                retry_after: Duration::from_secs(1),
            }),
        }
    }

    /// Consumes one token look-up from the quota of this address.
    pub(super) fn take_look_up(&self, address: IpAddr) -> Result<(), Problem> {
        let Some(look_ups) = &self.look_ups else {
            return Ok(());
        };
        look_ups.take(&Who::at(address)).map(drop).map_err(|_| {
            Problem::new(Kind::TooManyRequests).with(header::RETRY_AFTER, HeaderValue::from(1))
        })
    }

    fn headers(&self, left: u32) -> HeaderMap {
        // Seconds until the quota is full again.
        let full_in = (u64::from(self.quota - left.min(self.quota)) * u64::from(WINDOW_SECS))
            .div_ceil(u64::from(self.quota));
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (
                "ratelimit-policy",
                format!("\"default\";q={};w={WINDOW_SECS}", self.quota),
            ),
            ("ratelimit", format!("\"default\";r={left};t={full_in}")),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

    #[test]
    fn each_caller_has_a_quota_reported_in_headers() {
        let limits = Limits::new(2);
        let (one, other) = (Who::Account(AccountId(1)), Who::Account(AccountId(2)));
        let first = limits.take(one, HERE).expect("within the quota");
        assert_eq!(first["ratelimit-policy"], "\"default\";q=2;w=60");
        assert_eq!(first["ratelimit"], "\"default\";r=1;t=30");
        assert_eq!(
            limits.take(one, HERE).expect("the last")["ratelimit"],
            "\"default\";r=0;t=60"
        );
        let refused = limits.take(one, HERE).expect_err("over the quota");
        assert_eq!(refused.kind, Kind::TooManyRequests);
        assert!(
            refused
                .headers
                .iter()
                .any(|(name, _)| name == "retry-after")
        );
        assert!(limits.take(other, HERE).is_ok());
        assert!(Limits::new(0).take(one, HERE).expect("no limit").is_empty());
    }

    #[test]
    fn tokens_do_not_multiply_an_addresss_quota() {
        let limits = Limits::new(2);
        let most = 2 * ACCOUNTS_AN_ADDRESS;
        let taken = (0..i64::from(most) * 2).filter(|account| {
            let who = Who::Account(AccountId(*account));
            limits.take(who, HERE).is_ok()
        });
        assert_eq!(u32::try_from(taken.count()), Ok(most));
        let elsewhere = Ipv4Addr::new(192, 0, 2, 8).into();
        assert!(limits.take(Who::Account(AccountId(1)), elsewhere).is_ok());
    }

    #[test]
    fn an_ipv6_64_counts_as_one_address() {
        let at = |text: &str| Who::at(text.parse().expect("an address"));
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff:1"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
    }
}
