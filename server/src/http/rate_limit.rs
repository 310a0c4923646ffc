//! Rate limits: requests per minute for each key, counted with the generic cell rate algorithm.
//!
//! Invariant: memory is bounded. Keys whose quota is fully restored are dropped, so the keys of the last minute's
//! requests remain, and at most `TIDY_EVERY` others.
//!
//! Each process counts separately, because shared counts would cost a round trip per request. So with n processes, a
//! client may send n times as many requests.

use governor::{
    DefaultKeyedRateLimiter, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
};
use guildhall::origin::{Block, Origin};
use std::{
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// Keys whose quota is fully restored are dropped once per this many requests.
const TIDY_EVERY: u32 = 4096;

/// Allows a number of requests per minute for each key, and the same number as a burst after a quiet minute.
pub(crate) struct RateLimit<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K, StateInformationMiddleware>,
    taken: AtomicU32,
}

impl<K: Hash + Eq + Clone> RateLimit<K> {
    pub fn per_minute(requests: NonZeroU32) -> Self {
        Self {
            limiter: RateLimiter::keyed(governor::Quota::per_minute(requests)).with_middleware(),
            taken: AtomicU32::new(0),
        }
    }

    /// Counts one request, and returns how many more may follow at once.
    ///
    /// # Errors
    /// The time until the next request is allowed, in whole seconds, at least one.
    pub fn take(&self, key: &K) -> Result<u32, Duration> {
        if self.taken.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        match self.limiter.check_key(key) {
            Ok(left) => Ok(left.remaining_burst_capacity()),
            Err(refused) => {
                let wait = refused.wait_time_from(DefaultClock::default().now());
                let seconds = wait.as_millis().div_ceil(1000).max(1);
                Err(Duration::from_secs(
                    u64::try_from(seconds).unwrap_or(u64::MAX),
                ))
            }
        }
    }

    #[cfg(test)]
    fn key_count(&self) -> usize {
        self.limiter.len()
    }
}

/// A quota per customer (an IPv4 address or an IPv6 /64), and a larger one per network (/24 or /48).
pub(crate) struct OriginRateLimit {
    customers: RateLimit<Block>,
    networks: RateLimit<Block>,
}

/// A network's quota as a multiple of a customer's: enough that one customer leaves the others their share, and far
/// below what 256 customers would have together.
pub(crate) const CUSTOMERS_PER_NETWORK: u32 = 8;

impl OriginRateLimit {
    /// Allows this many requests per minute for each customer; `None` for 0, which means no limit.
    pub fn per_minute(requests: u32) -> Option<Self> {
        let of_customer = NonZeroU32::new(requests)?;
        let of_network = NonZeroU32::new(requests.saturating_mul(CUSTOMERS_PER_NETWORK))?;
        Some(Self {
            customers: RateLimit::per_minute(of_customer),
            networks: RateLimit::per_minute(of_network),
        })
    }

    /// Counts one request against both quotas. A request that the customer's quota refuses does not count against the
    /// network's, so that a flood from one address leaves its neighbors their quota.
    ///
    /// # Errors
    /// The time until the next request is allowed, in whole seconds, at least one.
    pub fn take(&self, address: IpAddr) -> Result<(), Duration> {
        let origin = Origin::of(address);
        self.customers.take(&origin.customer())?;
        self.networks.take(&origin.network())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn limit(requests: u32) -> OriginRateLimit {
        OriginRateLimit::per_minute(requests).expect("a limit")
    }

    #[test]
    fn an_address_over_its_quota_learns_how_long_to_wait_and_others_are_served() {
        let limit = limit(2);
        assert!(limit.take(at("192.0.2.1")).is_ok());
        assert!(limit.take(at("192.0.2.1")).is_ok());
        let wait = limit.take(at("192.0.2.1")).expect_err("over the quota");
        assert!((1..=30).contains(&wait.as_secs()), "{wait:?}");
        assert!(limit.take(at("192.0.2.2")).is_ok(), "a neighbor");
        assert!(limit.take(at("198.51.100.1")).is_ok(), "a stranger");
    }

    #[test]
    fn many_addresses_of_one_network_share_the_networks_quota() {
        let limit = limit(2);
        let served = |host: u32| {
            let address = at(&format!("192.0.2.{host}"));
            (0..2).filter(|_| limit.take(address).is_ok()).count()
        };
        assert_eq!((0..100).map(served).sum::<usize>(), 16);
        assert!(limit.take(at("198.51.100.1")).is_ok(), "another network");
    }

    #[test]
    fn a_refused_flood_from_one_address_leaves_its_neighbors_their_quota() {
        let limit = limit(2);
        for _ in 0..1_000 {
            let _ = limit.take(at("192.0.2.1"));
        }
        assert!((2..9).all(|host| limit.take(at(&format!("192.0.2.{host}"))).is_ok()));
    }

    #[test]
    fn an_ipv6_network_of_64_bits_counts_as_one_customer() {
        let limit = limit(2);
        assert!(limit.take(at("2001:db8::1")).is_ok());
        assert!(limit.take(at("2001:db8::ffff:1")).is_ok());
        assert!(limit.take(at("2001:db8::2")).is_err());
        assert!(limit.take(at("2001:db8:0:1::1")).is_ok());
    }

    #[test]
    fn zero_requests_per_minute_disables_the_limit() {
        assert!(OriginRateLimit::per_minute(0).is_none());
    }

    #[test]
    fn keys_with_a_full_quota_are_dropped() {
        // At this rate, the quota for a request is restored within a fraction of a millisecond.
        let limit = RateLimit::per_minute(NonZeroU32::new(1_000_000_000).expect("above zero"));
        for key in 0..10 * TIDY_EVERY {
            assert!(limit.take(&key).is_ok());
        }
        assert!(
            limit.key_count() <= TIDY_EVERY as usize,
            "{}",
            limit.key_count()
        );
    }
}
