//! What the server does while its database does not answer.
//!
//! Invariant: one probe per process decides whether the database is reachable; requests never do.
//!
//! - Reads are answered from memory, up to ten minutes old. Pages say when their data was current, and API answers
//!   carry `Age` (RFC 9111, section 5.1).
//! - A write that begins during an outage is refused before anything is done, so its answer may say that nothing was
//!   stored. A write that was under way may have been stored; its sender is asked to check.
//! - Sessions can't be read. Pages show what everybody may see, and nobody is signed out.
//! - Bids, awards and the probe have a runtime of two threads and connections of their own, so nothing that pages or
//!   the API do can delay a deadline. The server also bounds each of their transactions by its own clock, because a
//!   database that hangs does not enforce its statement timeout.
//!
//! `server/tests/outage` stops a real PostgreSQL with signals to test this.

mod breaker;
mod memory;

pub(crate) use breaker::Breaker;
pub(crate) use memory::{Memory, age, is_memory_only, use_as_of};

use guildhall::Error;
use std::time::Duration;

/// When a refused client may retry: most outages are restarts, which take a second or two.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The error for requests that need the database during an outage.
pub(crate) const fn unreachable(may_be_stored: bool) -> Error {
    Error::Unreachable {
        may_be_stored,
        retry_after: RETRY_AFTER,
    }
}
