//! Rate limits of the OAuth endpoints and of departures to providers.
//!
//! They keep floods away from the database. They are counted per process and need not be exact.

use super::answer::{UnexpectedError, error_response, later};
use crate::{
    http::{rate_limit::OriginRateLimit, request::address},
    state::Shared,
    web::{Web, visitor_limit::VisitorLimit},
};
use axum::{
    extract::{FromRef, Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::Response,
};
use guildhall::{Error, device::DeviceId};
use std::{net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

/// Requests to the endpoints that issue, check and revoke tokens, per minute and address; many people's programs may
/// share an address.
const PROGRAMS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(300).expect("it is above zero");
/// Device flows started per minute and address; each stores a row.
const DEVICES_PER_MINUTE: NonZeroU32 = NonZeroU32::new(20).expect("it is above zero");
/// Visitors sent to a provider per minute and address; each stores a row.
const REDIRECTS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).expect("it is above zero");

/// Rate limits in this process: two processes allow twice as much.
pub(in crate::web) struct OauthLimits {
    programs: Option<OriginRateLimit>,
    devices: Option<OriginRateLimit>,
    departures: VisitorLimit,
}

impl Default for OauthLimits {
    fn default() -> Self {
        Self {
            programs: OriginRateLimit::per_minute(PROGRAMS_PER_MINUTE.get()),
            devices: OriginRateLimit::per_minute(DEVICES_PER_MINUTE.get()),
            departures: VisitorLimit::per_minute(REDIRECTS_PER_MINUTE),
        }
    }
}

impl FromRef<Web> for Arc<OauthLimits> {
    fn from_ref(web: &Web) -> Self {
        Self::clone(&web.oauth_limits)
    }
}

impl OauthLimits {
    /// Counts a visitor leaving for a provider.
    ///
    /// # Errors
    /// `TooManyTries` if the address, or a known browser, has left too often.
    pub fn depart(&self, device: Option<DeviceId>, address: IpAddr) -> Result<(), Error> {
        self.departures.take(device, address)
    }
}

/// Counts one request against the quotas of this customer and its network, or returns how long to wait.
fn take(limit: &Option<OriginRateLimit>, address: IpAddr) -> Result<(), Duration> {
    limit.as_ref().map_or(Ok(()), |limit| limit.take(address))
}

/// Applies the rate limit, and logs unexpected failures of the handlers behind it.
pub(super) async fn guard(
    State(shared): State<Shared>,
    State(limits): State<Arc<OauthLimits>>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    if parts.method == Method::POST {
        let limit = match path.as_str() {
            "/oauth/device_authorization" => &limits.devices,
            _ => &limits.programs,
        };
        let address = address(&parts, shared.settings.trusted_proxies);
        if let Err(wait) = take(limit, address) {
            let message = "Too many requests; wait as long as Retry-After says.";
            let response = error_response(
                StatusCode::TOO_MANY_REQUESTS,
                "temporarily_unavailable",
                message,
            );
            return later(response, wait);
        }
    }
    let request_id = parts.headers.get("x-request-id").cloned();
    let response = next.run(Request::from_parts(parts, body)).await;
    if let Some(UnexpectedError(error)) = response.extensions().get() {
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
    fn a_flood_from_one_address_is_limited_and_others_are_not() {
        let limits = OauthLimits::default();
        let flood: IpAddr = "2001:db8::1".parse().unwrap();
        let same_network: IpAddr = "2001:db8::ffff:2".parse().unwrap();
        let other: IpAddr = "2001:db8:0:1::1".parse().unwrap();
        for _ in 0..DEVICES_PER_MINUTE.get() {
            assert_eq!(take(&limits.devices, flood), Ok(()));
        }
        let wait = take(&limits.devices, same_network).unwrap_err();
        assert!(
            wait > Duration::ZERO && wait <= Duration::from_secs(3),
            "{wait:?}"
        );
        assert_eq!(take(&limits.devices, other), Ok(()));
        assert_eq!(take(&limits.programs, flood), Ok(()));
        for _ in 0..REDIRECTS_PER_MINUTE.get() {
            limits.depart(None, flood).unwrap();
        }
        assert!(limits.depart(None, same_network).is_err());
        limits.depart(None, other).unwrap();
    }
}
