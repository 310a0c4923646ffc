//! What the server does while its database does not answer: it notices (a circuit breaker), answers from memory, and refuses
//! writes at once instead of letting everybody wait.
//! Invariant: one probe at a time asks whether the database is back; no request does.
//! Ends where answers are rendered: `web::guard` and the API do that.

mod breaker;
mod memory;

pub(crate) use breaker::Breaker;
pub(crate) use memory::{Memory, age, is_memory_only, use_as_of};

use guildhall::Error;
use std::time::Duration;

/// When somebody who was refused may try again: most outages are a restart, which takes a second or two.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The answer to whoever needs the database during an outage.
pub(crate) const fn unreachable(may_be_stored: bool) -> Error {
    Error::Unreachable {
        may_be_stored,
        retry_after: RETRY_AFTER,
    }
}
