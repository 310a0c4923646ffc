//! Events as bytes. A project's public state is serialized once per change, not once per viewer.
//!
//! A state's id is the hash of its content, so it means the same in every process. `Last-Event-ID`, or `?after=` for
//! a page that opens a new stream, tells whether the viewer already has that state.

use axum::body::Bytes;
use guildhall::live::{Figures, Lot};
use sha2::{Digest, Sha256};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use time::OffsetDateTime;

/// A project's state, ready to be sent.
#[derive(Debug)]
pub(crate) struct ProjectUpdate {
    pub figures: Figures,
    /// Identifies the state, and is the same in every process. A viewer who already has the state is not sent it again.
    pub id: String,
    pub json: Bytes,
    /// The JSON as a server-sent event (HTML, section 9.2.6).
    pub frame: Bytes,
}

impl ProjectUpdate {
    pub fn new(figures: Figures) -> Self {
        let json = Lot::public(&figures).to_json();
        let id = identity(digest(&json));
        let frame = Bytes::from(event(Some(&id), &json));
        let end = frame.len() - EVENT_END.len();
        Self {
            // A slice of the frame's memory, not a copy.
            json: frame.slice(end - json.len()..end),
            frame,
            figures,
            id,
        }
    }
}

/// 64 bits of a text's hash. A dashboard adds up those of its rows.
pub(super) fn digest(text: &str) -> u64 {
    let hash = Sha256::digest(text.as_bytes());
    u64::from_be_bytes(
        hash[..8]
            .try_into()
            .expect("a SHA-256 hash is 32 bytes long"),
    )
}

/// A state's id, as in `Last-Event-ID` and `ETag`.
pub(super) fn identity(digest: u64) -> String {
    format!("{digest:016x}")
}

/// One event about one project. It has an id if it completes the state.
pub(super) fn event(id: Option<&str>, json: &str) -> String {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("{id}event: project\ndata: {json}{EVENT_END}")
}

/// An empty line ends an event.
const EVENT_END: &str = "\n\n";

/// The last event: nothing can change any more.
pub(super) const END: &str = "event: end\ndata: {}\n\n";
/// The stream ends, and the client should open it again.
pub(super) const AGAIN: Bytes = Bytes::from_static(b"event: again\ndata: {}\n\n");
/// Nothing is new, and the connection works. This is an event, because a page's script can't see comments.
pub(super) const HEART_BEAT: &str = "event: beat\ndata: {}\n\n";
/// The connection works, but the server does not know whether anything is new.
pub(super) const LOST: &str = "event: lost\ndata: {}\n\n";

/// What every stream begins with: how long a client that reconnects by itself should wait, 2 to 7 s, spread evenly, so that
/// clients that were cut off together don't come back together; and the database's clock, in milliseconds since the
/// epoch, by which a page corrects its own. A page that took long to arrive would otherwise show too much time left.
pub(super) fn opening(now: Option<OffsetDateTime>) -> String {
    let retry_ms = 2_000 + spread(5_000);
    let clock = now.map_or_else(String::new, |now| {
        let now_ms = now.unix_timestamp_nanos() / 1_000_000;
        format!("event: beat\ndata: {now_ms}\n")
    });
    format!("retry: {retry_ms}\n{clock}\n")
}

/// A time of at least `least` and less than twice that, different for each call.
pub(super) fn about(least: Duration) -> Duration {
    let most_ms = u64::try_from(least.as_millis()).unwrap_or(u64::MAX);
    least + Duration::from_millis(spread(most_ms))
}

/// Returns a number below `range` that is far from the previous ones, because they are multiples of the golden ratio.
fn spread(range: u64) -> u64 {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let turn = CALLS
        .fetch_add(1, Ordering::Relaxed)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (turn >> 32) % range.max(1)
}
