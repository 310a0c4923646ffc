//! The headers of requests and answers, listed once.
//!
//! The document describes them from these lists, and CORS allows and exposes the same ones.

use axum::http::{HeaderName, Method};
use std::time::Duration;
use tower_http::cors::{Any, CorsLayer};

/// Where the document names a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// With every call.
    Everywhere,
    /// With calls that read.
    Reads,
    /// With calls that write.
    Writes,
    /// With answers of these statuses.
    Statuses(&'static [&'static str]),
    /// In words, with a call of its own, or by what OpenAPI has for it.
    Elsewhere,
}

/// A header, and what the document says of it.
pub(super) struct Header {
    pub name: &'static str,
    pub place: Place,
    /// The most characters of its value, where there is a limit of its own.
    pub most_chars: Option<usize>,
    pub words: &'static str,
}

impl Header {
    const fn new(name: &'static str, place: Place, words: &'static str) -> Self {
        Self {
            name,
            place,
            most_chars: None,
            words,
        }
    }
}

/// What a program may send.
pub(super) const REQUEST: [Header; 6] = [
    Header::new("Authorization", Place::Elsewhere, ""),
    Header::new("Content-Type", Place::Elsewhere, ""),
    Header::new("Content-Encoding", Place::Elsewhere, ""),
    Header::new(
        "If-None-Match",
        Place::Reads,
        "An `ETag` of an earlier answer: if nothing changed, the answer is 304 without a body.",
    ),
    Header::new(
        "Cache-Control",
        Place::Reads,
        "`no-cache` asks for what is there at this moment; without a token an answer may otherwise be up to 250 ms old.",
    ),
    Header {
        most_chars: Some(255),
        ..Header::new(
            "Idempotency-Key",
            Place::Writes,
            "A key of your own, such as a UUID: a request sent again with it has one effect and gets the first answer again, for 24 hours, with the header `Idempotency-Replayed: true`.",
        )
    },
];

/// What an answer has.
pub(super) const RESPONSE: [Header; 12] = [
    Header::new(
        "X-Request-Id",
        Place::Everywhere,
        "Tell us this when something went wrong",
    ),
    Header::new(
        "RateLimit-Policy",
        Place::Everywhere,
        "How many requests a minute are served",
    ),
    Header::new(
        "RateLimit",
        Place::Everywhere,
        "How many are left, and in how many seconds all are again",
    ),
    Header::new("ETag", Place::Reads, "For If-None-Match"),
    Header::new(
        "Allow",
        Place::Statuses(&["405"]),
        "The methods that do something here",
    ),
    Header::new(
        "Accept-Encoding",
        Place::Statuses(&["415"]),
        "How a body may be compressed, where the one sent is not decoded",
    ),
    Header::new(
        "Retry-After",
        Place::Statuses(&["429", "503"]),
        "Seconds to wait, where waiting helps",
    ),
    Header::new(
        "WWW-Authenticate",
        Place::Statuses(&["401"]),
        "What is wrong with the token (RFC 6750)",
    ),
    Header::new("Age", Place::Elsewhere, ""),
    Header::new("Idempotency-Replayed", Place::Elsewhere, ""),
    Header::new("Link", Place::Elsewhere, ""),
    Header::new("Location", Place::Elsewhere, ""),
];

/// The request headers that the document names with a call.
pub(super) fn of_request(writes: bool) -> impl Iterator<Item = &'static Header> {
    REQUEST.iter().filter(move |header| match header.place {
        Place::Everywhere => true,
        Place::Reads => !writes,
        Place::Writes => writes,
        Place::Statuses(_) | Place::Elsewhere => false,
    })
}

/// The headers that the document names with an answer of this status, beside those that are a call's own.
pub(super) fn of_answer(status: &str, writes: bool) -> impl Iterator<Item = &'static Header> {
    RESPONSE.iter().filter(move |header| match header.place {
        Place::Everywhere => true,
        Place::Reads => !writes && status == "200",
        Place::Writes => writes,
        Place::Statuses(statuses) => statuses.contains(&status),
        Place::Elsewhere => false,
    })
}

/// Any site's programs may call the API: they send a token of their own, never a cookie.
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
