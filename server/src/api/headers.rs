//! The headers of requests and answers, listed once.
//!
//! The document describes them from these lists, and CORS allows and exposes the same ones.

use axum::http::{HeaderName, Method};
use std::time::Duration;
use tower_http::cors::{Any, CorsLayer};

/// Where the document lists a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderListing {
    /// On every call.
    Everywhere,
    /// On calls that read.
    Reads,
    /// On calls that write.
    Writes,
    /// On answers with these statuses.
    Statuses(&'static [&'static str]),
    /// In prose, on a specific call, or as OpenAPI's own feature.
    Elsewhere,
}

/// A header, and its description in the document.
pub(super) struct Header {
    pub name: &'static str,
    pub listing: HeaderListing,
    /// Maximum number of characters in its value, if it has a limit of its own.
    pub max_chars: Option<usize>,
    pub description: &'static str,
}

impl Header {
    const fn new(name: &'static str, listing: HeaderListing, description: &'static str) -> Self {
        Self {
            name,
            listing,
            max_chars: None,
            description,
        }
    }
}

/// Request headers.
pub(super) const REQUEST: [Header; 6] = [
    Header::new("Authorization", HeaderListing::Elsewhere, ""),
    Header::new("Content-Type", HeaderListing::Elsewhere, ""),
    Header::new("Content-Encoding", HeaderListing::Elsewhere, ""),
    Header::new(
        "If-None-Match",
        HeaderListing::Reads,
        "An `ETag` of an earlier answer: if nothing changed, the answer is 304 without a body.",
    ),
    Header::new(
        "Cache-Control",
        HeaderListing::Reads,
        "`no-cache` requests the current state; otherwise, without a token, an answer may be up to 250 ms old.",
    ),
    Header {
        max_chars: Some(255),
        ..Header::new(
            "Idempotency-Key",
            HeaderListing::Writes,
            "A key of your choice, such as a UUID: for 24 hours, sending the request again with the same key has no further effect and returns the first answer, with the header `Idempotency-Replayed: true`.",
        )
    },
];

/// Response headers.
pub(super) const RESPONSE: [Header; 12] = [
    Header::new(
        "X-Request-Id",
        HeaderListing::Everywhere,
        "Quote it when you report a problem",
    ),
    Header::new(
        "RateLimit-Policy",
        HeaderListing::Everywhere,
        "The quota of requests per minute",
    ),
    Header::new(
        "RateLimit",
        HeaderListing::Everywhere,
        "The remaining requests, and the seconds until the quota is full again",
    ),
    Header::new("ETag", HeaderListing::Reads, "For If-None-Match"),
    Header::new(
        "Allow",
        HeaderListing::Statuses(&["405"]),
        "The allowed methods",
    ),
    Header::new(
        "Accept-Encoding",
        HeaderListing::Statuses(&["415"]),
        "The supported encodings of a body",
    ),
    Header::new(
        "Retry-After",
        HeaderListing::Statuses(&["429", "503"]),
        "Seconds to wait before a retry",
    ),
    Header::new(
        "WWW-Authenticate",
        HeaderListing::Statuses(&["401"]),
        "What is wrong with the token (RFC 6750)",
    ),
    Header::new("Age", HeaderListing::Elsewhere, ""),
    Header::new("Idempotency-Replayed", HeaderListing::Elsewhere, ""),
    Header::new("Link", HeaderListing::Elsewhere, ""),
    Header::new("Location", HeaderListing::Elsewhere, ""),
];

/// The request headers that the document lists for a call.
pub(super) fn of_request(writes: bool) -> impl Iterator<Item = &'static Header> {
    REQUEST.iter().filter(move |header| match header.listing {
        HeaderListing::Everywhere => true,
        HeaderListing::Reads => !writes,
        HeaderListing::Writes => writes,
        HeaderListing::Statuses(_) | HeaderListing::Elsewhere => false,
    })
}

/// The headers that the document lists for an answer of this status, besides those of a specific call.
pub(super) fn of_answer(status: &str, writes: bool) -> impl Iterator<Item = &'static Header> {
    RESPONSE.iter().filter(move |header| match header.listing {
        HeaderListing::Everywhere => true,
        HeaderListing::Reads => !writes && status == "200",
        HeaderListing::Writes => writes,
        HeaderListing::Statuses(statuses) => statuses.contains(&status),
        HeaderListing::Elsewhere => false,
    })
}

/// Programs on any site may call the API: they send a token of their own, never a cookie.
pub(super) fn cors() -> CorsLayer {
    let names = |headers: &[Header]| -> Vec<HeaderName> {
        let names = headers.iter().map(|header| header.name.parse());
        names.filter_map(Result::ok).collect()
    };
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers(names(&REQUEST))
        .expose_headers(names(&RESPONSE))
        .max_age(Duration::from_secs(3600))
}
