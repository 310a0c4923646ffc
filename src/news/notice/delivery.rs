//! Notices that leave the site, one recipient's channel at a time.
//!
//! Invariant: a later notice never passes an earlier one of the same queue. A worker claims a queue, sends its lowest
//! notice that was not sent yet, and records the outcome. If it dies, the claim ends with its lease, and another worker
//! sends the same notice again, with the same id.

use super::Notice;
use crate::account::{AccountId, Contact, Role};
use std::time::Duration;
use uuid::Uuid;

/// How long a claim lasts: longer than any attempt may take.
pub const LEASE: Duration = Duration::from_secs(180);
/// How often a notice is tried before its queue is parked: over 15 to 22 hours.
pub const TRIES: i32 = 12;
/// The wait after the first failure. It doubles each time, up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_secs(30);
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(6 * 3600);
/// The wait while nothing can be sent to anybody.
pub(super) const OUTAGE_WAIT: Duration = Duration::from_secs(5 * 60);

/// A notice to be sent, claimed by this worker.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub claim: QueueClaim,
    /// Lets receivers drop repeats.
    pub id: Uuid,
    pub to: Contact,
    pub role: Role,
    pub notice: Notice,
}

/// A claim on the queue of an account's e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueClaim {
    pub account: AccountId,
    /// The number of the notice in the queue.
    pub number: i64,
    /// How often the notice has been tried, including this time.
    pub attempts: i32,
    pub(super) key: Uuid,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryOutcome {
    Sent,
    /// Tried again later, before anything else of the queue; parked after the last try.
    Failed(String),
    /// Nothing can be sent to anybody, as with a wrong password of the relay: tried again later, which does not count as a
    /// try, however long that lasts.
    Postponed(String),
    /// The receiver will never take anything: parked at once.
    Unreachable(String),
    /// The receiver will never take this one: given up, and the next one follows.
    Refused(String),
}

/// A queue that is parked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedQueue {
    pub account: AccountId,
    pub parked_at: time::OffsetDateTime,
    /// How many notices wait.
    pub pending: i64,
    pub error: String,
}

/// The wait before the next attempt, given the number of attempts so far; `None` after the last. The statement that
/// stores it adds up to half as jitter.
pub(super) fn wait(attempts: i32) -> Option<Duration> {
    let doubled = 2_u32.saturating_pow(u32::try_from(attempts - 1).unwrap_or(0));
    (attempts < TRIES).then(|| FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_half_a_minute_to_six_hours_and_end_with_the_last_try() {
        let waits: Vec<_> = (1..=TRIES)
            .map(|attempts| wait(attempts).map(|wait| wait.as_secs()))
            .collect();
        assert_eq!(waits[..4], [Some(30), Some(60), Some(120), Some(240)]);
        assert_eq!(waits[10..], [Some(21_600), None]);
    }
}
