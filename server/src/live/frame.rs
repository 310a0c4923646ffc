//! Events as bytes, serialized once a change and not once a viewer.
//!
//! A state's id is the hash of its content, so it means the same in every process. `Last-Event-ID`, or `?after=` where
//! a page begins anew, tells whether the viewer has that state already.

use axum::body::Bytes;
use guildhall::live::{Figures, Lot};
use sha2::{Digest, Sha256};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// How a project stands, ready to be sent.
#[derive(Debug)]
pub(crate) struct News {
    pub figures: Figures,
    /// Says which state this is, the same in every process: who has it needs nothing.
    pub id: String,
    pub json: Bytes,
    /// As an event (HTML, section 9.2.6).
    pub frame: Bytes,
}

impl News {
    pub fn new(figures: Figures) -> Self {
        let json = Lot::public(&figures).to_json();
        let id = identity(digest(&json));
        let frame = Bytes::from(event(Some(&id), &json));
        let end = frame.len() - EVENT_END.len();
        Self {
            // The same memory.
            json: frame.slice(end - json.len()..end),
            frame,
            figures,
            id,
        }
    }
}

/// What stands for a text in a state's identity: 64 bits of its hash, which can be added up.
pub(super) fn digest(text: &str) -> u64 {
    let hash = Sha256::digest(text.as_bytes());
    u64::from_be_bytes(hash[..8].try_into().expect("a hash has 32 bytes"))
}

/// A state's name in `Last-Event-ID` and `ETag`.
pub(super) fn identity(digest: u64) -> String {
    format!("{digest:016x}")
}

/// One event about one project; with an id where the viewer has all of the state then.
pub(super) fn event(id: Option<&str>, json: &str) -> String {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("{id}event: project\ndata: {json}{EVENT_END}")
}

/// An empty line ends an event.
const EVENT_END: &str = "\n\n";

/// Nothing comes after this.
pub(super) const END: &str = "event: end\ndata: {}\n\n";
/// The stream ends for a reason of its own, and goes on when it is asked for again.
pub(super) const AGAIN: Bytes = Bytes::from_static(b"event: again\ndata: {}\n\n");
/// Nothing new, and the line is not broken. An event and no comment, because a page can't hear comments.
pub(super) const HEART_BEAT: &str = "event: beat\ndata: {}\n\n";
/// The line is not broken, and nobody knows whether there is anything new.
pub(super) const LOST: &str = "event: lost\ndata: {}\n\n";

/// How long a program that reconnects by itself is to wait: 2 to 7 s, spread evenly, so that those who were cut off
/// together don't come back together.
pub(super) fn retry() -> String {
    format!("retry: {}\n\n", 2_000 + spread(5_000))
}

/// A time of at least `least` and less than twice that, another for each.
pub(super) fn about(least: Duration) -> Duration {
    let most_ms = u64::try_from(least.as_millis()).unwrap_or(u64::MAX);
    least + Duration::from_millis(spread(most_ms))
}

/// Numbers below `range` that lie far apart whoever asks next: multiples of the golden ratio.
fn spread(range: u64) -> u64 {
    static ASKED: AtomicU64 = AtomicU64::new(0);
    let turn = ASKED
        .fetch_add(1, Ordering::Relaxed)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (turn >> 32) % range.max(1)
}
