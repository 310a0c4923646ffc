//! A request's client address and header values.

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, header, request::Parts},
};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The value of a header; empty if it is missing or not text.
pub(crate) fn header_text(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

/// The client's address: the peer's, or behind trusted proxies the one that the outermost of them added to
/// X-Forwarded-For. The client may have forged the entries to the left of it.
pub(crate) fn address(parts: &Parts, trusted_proxies: usize) -> IpAddr {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
    if trusted_proxies == 0 {
        return peer;
    }
    let forwarded: Vec<&str> = parts
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    // Pick first and parse afterwards: an invalid entry must not shift the others.
    forwarded
        .len()
        .checked_sub(trusted_proxies)
        .and_then(|index| forwarded.get(index))
        .and_then(|entry| entry_address(entry.trim()))
        .unwrap_or(peer)
}

/// Parses an address, with or without a port; some proxies add one.
fn entry_address(entry: &str) -> Option<IpAddr> {
    let with_port = || entry.parse::<SocketAddr>().map(|addr| addr.ip());
    entry.parse().or_else(|_| with_port()).ok()
}
