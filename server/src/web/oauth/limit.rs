//! How often one client's address may ask: a flood of guesses must not cost the database anything.

use super::answer::{Unexpected, later, said};
use crate::web::{App, visit};
use axum::{
    extract::{Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::Response,
};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use guildhall::{Error, device::DeviceId};
use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// Requests with credentials, a minute and address: many people's programs may share one.
const PROGRAMS_A_MINUTE: NonZeroU32 = NonZeroU32::new(300).expect("it is above zero");
/// Devices that begin, a minute and address: each leaves a row.
const DEVICES_A_MINUTE: NonZeroU32 = NonZeroU32::new(20).expect("it is above zero");
/// Visitors who leave for a provider, a minute and address: each leaves a row.
const DEPARTURES_A_MINUTE: NonZeroU32 = NonZeroU32::new(60).expect("it is above zero");
/// After so many requests, addresses that were quiet for a minute are forgotten.
const SWEEP_EVERY: u32 = 1024;

/// Who leaves for a provider: a browser that signed in before is not held up by others at its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::web) enum Departing {
    Device(DeviceId),
    Address(IpAddr),
}

/// What was asked lately, in this process: two of them allow twice as much.
pub(in crate::web) struct Limits {
    programs: DefaultKeyedRateLimiter<IpAddr>,
    devices: DefaultKeyedRateLimiter<IpAddr>,
    departures: DefaultKeyedRateLimiter<Departing>,
    asked: AtomicU32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            programs: RateLimiter::keyed(Quota::per_minute(PROGRAMS_A_MINUTE)),
            devices: RateLimiter::keyed(Quota::per_minute(DEVICES_A_MINUTE)),
            departures: RateLimiter::keyed(Quota::per_minute(DEPARTURES_A_MINUTE)),
            asked: AtomicU32::new(0),
        }
    }
}

impl Limits {
    /// Lets a visitor leave for a provider.
    ///
    /// # Errors
    /// `TooManyTries` for an address, or a known browser, that left too often.
    pub fn depart(&self, device: Option<DeviceId>, address: IpAddr) -> Result<(), Error> {
        let who = match device {
            Some(device) => Departing::Device(device),
            None => Departing::Address(network(address)),
        };
        match self.wait_of(&self.departures, &who) {
            None => Ok(()),
            Some(retry_after) => Err(Error::TooManyTries { retry_after }),
        }
    }

    /// How long the address has to wait; nothing when it may ask now.
    fn wait(&self, limiter: &DefaultKeyedRateLimiter<IpAddr>, address: IpAddr) -> Option<Duration> {
        self.wait_of(limiter, &network(address))
    }

    fn wait_of<K: Clone + Hash + Eq>(
        &self,
        limiter: &DefaultKeyedRateLimiter<K>,
        who: &K,
    ) -> Option<Duration> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            for limiter in [&self.programs, &self.devices] {
                limiter.retain_recent();
                limiter.shrink_to_fit();
            }
            self.departures.retain_recent();
            self.departures.shrink_to_fit();
        }
        limiter
            .check_key(who)
            .err()
            .map(|refused| refused.wait_time_from(DefaultClock::default().now()))
    }
}

/// One IPv4 address, or an IPv6 network of 64 bits: that much is one customer's.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
    }
}

/// Lets through what is not too often, and logs what failed unexpectedly behind it.
pub(super) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    if parts.method == Method::POST {
        let limits = &app.limits;
        let limiter = match path.as_str() {
            "/oauth/device_authorization" => &limits.devices,
            _ => &limits.programs,
        };
        let address = visit::address(&parts, app.settings.trusted_proxies);
        if let Some(wait) = limits.wait(limiter, address) {
            let words = "You ask too often; wait as long as Retry-After says.";
            let response = said(
                StatusCode::TOO_MANY_REQUESTS,
                "temporarily_unavailable",
                words,
            );
            return later(response, wait);
        }
    }
    let request_id = parts.headers.get("x-request-id").cloned();
    let response = next.run(Request::from_parts(parts, body)).await;
    if let Some(Unexpected(error)) = response.extensions().get() {
        tracing::error!(
            error = &**error as &dyn std::error::Error,
            request_id = ?request_id,
            path,
            "a program's request failed unexpectedly"
        );
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_from_one_address_waits_and_others_do_not() {
        let limits = Limits::default();
        let flood: IpAddr = "2001:db8::1".parse().unwrap();
        let same_network: IpAddr = "2001:db8::ffff:2".parse().unwrap();
        let other: IpAddr = "2001:db8:0:1::1".parse().unwrap();
        for _ in 0..DEVICES_A_MINUTE.get() {
            assert_eq!(limits.wait(&limits.devices, flood), None);
        }
        let wait = limits.wait(&limits.devices, same_network).unwrap();
        assert!(
            wait > Duration::ZERO && wait <= Duration::from_secs(3),
            "{wait:?}"
        );
        assert_eq!(limits.wait(&limits.devices, other), None);
        assert_eq!(limits.wait(&limits.programs, flood), None);
        for _ in 0..DEPARTURES_A_MINUTE.get() {
            limits.depart(None, flood).unwrap();
        }
        assert!(limits.depart(None, same_network).is_err());
        limits.depart(None, other).unwrap();
    }
}
