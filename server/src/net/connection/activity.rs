//! Tracks whether a connection is idle, and since when: idle connections are closed first, the longest idle before
//! others.
//!
//! A connection is idle when no request is in progress. One that has not sent its first request is idle after 2 s. An
//! event stream is a request in progress for as long as it lasts, so it outlives idle connections.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// How long a new connection may take to send its first request before it counts as idle: a few round trips of a
/// distant client's handshake. Without this, newcomers would displace each other when all other connections are busy.
const NEW_MS: u64 = 2_000;

/// What a connection is doing. Its own task writes it, and the search for a connection to close reads it, so fields
/// that change are atomic; values some microseconds old are fine.
#[derive(Debug)]
pub(super) struct Activity {
    /// When the connection was established, in milliseconds of the registry's clock.
    began_at_ms: u64,
    /// When bytes last moved, according to the same clock.
    moved_at_ms: AtomicU64,
    has_had_a_request: AtomicBool,
    /// Requests in progress, until the last byte of their answers.
    requests: AtomicU32,
}

impl Activity {
    pub const fn begin(now_ms: u64) -> Self {
        Self {
            began_at_ms: now_ms,
            moved_at_ms: AtomicU64::new(now_ms),
            has_had_a_request: AtomicBool::new(false),
            requests: AtomicU32::new(0),
        }
    }

    /// Records that bytes moved.
    pub fn moved(&self, now_ms: u64) {
        self.moved_at_ms.store(now_ms, Ordering::Relaxed);
    }

    pub fn begin_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.has_had_a_request.store(true, Ordering::Relaxed);
    }

    pub fn end_request(&self) {
        self.requests.fetch_sub(1, Ordering::Relaxed);
    }

    /// The order in which connections are closed: idle ones before busy ones, and within each group, the one silent for
    /// longest first.
    pub fn order(&self, now_ms: u64) -> (bool, u64) {
        let is_new = !self.has_had_a_request.load(Ordering::Relaxed)
            && now_ms.saturating_sub(self.began_at_ms) < NEW_MS;
        let is_busy = is_new || self.requests.load(Ordering::Relaxed) > 0;
        (is_busy, self.moved_at_ms.load(Ordering::Relaxed))
    }
}
